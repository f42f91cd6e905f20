import type { Codebook } from '../explain/tokenPictures.ts';
import { sizeOf } from '../math.ts';
import { openCheckpoint } from '../weights/checkpoint.ts';
import { type ModelSource, openSource, type SourceOptions } from './source.ts';

/** The file of the visual tokens' pixels, beside the weights. */
export const CODEBOOK = 'codebook.safetensors';

/** The pixels of the visual tokens, where a model has them beside its weights (`codebook` [tokens, channels, p, p]). */
export async function loadCodebook(source: ModelSource, options: SourceOptions = {}): Promise<Codebook | null> {
  const files = await openSource(source, options);
  if (!(await files.open(CODEBOOK))) return null;
  const checkpoint = await openCheckpoint(files, { file: CODEBOOK });
  const shape = checkpoint.tensors.get('codebook')?.shape;
  if (!shape) return null;
  const data = new Float32Array(sizeOf(shape));
  await checkpoint.visit((name) =>
    name === 'codebook' ? { grain: 1, put: (chunk: Float32Array, offset: number) => data.set(chunk, offset) } : null,
  );
  return { data, channels: shape[1], size: shape[2] };
}

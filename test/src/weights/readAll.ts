import type { ModelFiles } from '../../../src/weights/bytes/byteSource.ts';
import { type OpenOptions, openCheckpoint } from '../../../src/weights/checkpoint.ts';

export interface ReadTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Every tensor of a checkpoint as float32, in chunks of whole grains; sinks check what they are promised. */
export async function readAll(
  files: ModelFiles,
  options: OpenOptions = {},
  grainOf: (shape: readonly number[]) => number = () => 1,
): Promise<Map<string, ReadTensor>> {
  const checkpoint = await openCheckpoint(files, options);
  const out = new Map<string, ReadTensor>();
  await checkpoint.visit((name, { shape, dtype }) => {
    const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
    const grain = grainOf(shape);
    let next = 0;
    out.set(name, { shape, data, dtype });
    return {
      grain,
      put(chunk: Float32Array, offset: number) {
        const whole = offset % grain === 0 && (chunk.length % grain === 0 || offset + chunk.length === data.length);
        if (offset !== next || !whole) throw new Error(`"${name}" got ${chunk.length} at ${offset}, grain ${grain}`);
        data.set(chunk, offset);
        next += chunk.length;
      },
    };
  });
  return out;
}

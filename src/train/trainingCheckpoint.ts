import { BeitError, check } from '../errors.ts';
import { type CreateFile, fileMaker } from '../loading/createFile.ts';
import { type ModelSource, openSource } from '../loading/source.ts';
import type { ModelFiles } from '../weights/bytes/byteSource.ts';
import { openCheckpoint } from '../weights/checkpoint.ts';
import { fromFloat32 } from '../weights/save/fromFloat32.ts';
import { saveSafetensors } from '../weights/save/saveSafetensors.ts';

/** Two files take turns, so that one is whole whenever the process dies. */
const FILES = ['training-0.safetensors', 'training-1.safetensors'];
const KEY = 'beit_training';

/** Everything a run needs to go on to the same bits. */
export interface TrainingCheckpoint {
  /** Plain data: where the run is, and what it was started with. */
  readonly progress: { readonly turn: number } & Readonly<Record<string, unknown>>;
  readonly tensors: ReadonlyMap<string, Float32Array>;
}

/** Writes a checkpoint beside the one before it. @throws `FileSystem`; the one before it stays whole */
export async function writeTrainingCheckpoint(
  target: string | CreateFile,
  turn: number,
  { progress, tensors }: TrainingCheckpoint,
): Promise<void> {
  const create = await fileMaker(target);
  const entries = [...tensors].map(([name, data]) => ({
    name,
    dtype: 'F32' as const,
    shape: [data.length],
    *data() {
      yield fromFloat32('F32', data);
    },
  }));
  const metadata = { [KEY]: JSON.stringify(progress) };
  await saveSafetensors(entries, () => create(FILES[turn % FILES.length]), { metadata });
}

/** The newest whole checkpoint of a folder. @throws `FileNotFound` where there is none */
export async function readTrainingCheckpoint(source: ModelSource): Promise<TrainingCheckpoint> {
  const files = await openSource(source);
  const found = await Promise.all(FILES.map((name) => readOne(files, name)));
  const whole = found.filter((checkpoint) => checkpoint !== null);
  check(whole.length > 0, 'FileNotFound', 'Cannot resume: there is no whole training checkpoint');
  return whole.reduce((a, b) => (b.progress.turn > a.progress.turn ? b : a));
}

/** Null for a file that is missing or was not finished. */
async function readOne(files: ModelFiles, name: string): Promise<TrainingCheckpoint | null> {
  try {
    if (!(await files.open(name))) return null;
    const checkpoint = await openCheckpoint(files, { file: name });
    const tensors = new Map<string, Float32Array>();
    await checkpoint.visit((tensor, { shape }) => {
      const data = new Float32Array(shape[0]);
      tensors.set(tensor, data);
      return { grain: 1, put: (chunk: Float32Array, offset: number) => data.set(chunk, offset) };
    });
    const text = checkpoint.metadata.get(KEY);
    return text === undefined ? null : { progress: JSON.parse(text), tensors };
  } catch (error) {
    if (error instanceof BeitError && error.code !== 'Aborted') return null;
    throw error;
  }
}

import { BeitError } from '../errors.ts';
import type { ByteSource } from './byteSource.ts';
import { readSafetensors } from './safetensors.ts';
import type { StoredTensor } from './storedTensor.ts';

/** The directory of one file of tensors. */
export interface TensorFile {
  readonly format: 'safetensors' | 'torch' | 'flax';
  readonly tensors: readonly StoredTensor[];
  readonly metadata: ReadonlyMap<string, string>;
}

export interface ReadOptions {
  readonly allowStubs?: boolean;
}

const HEAD = 512;

/**
 * Reads the directory of a file of tensors, of whatever format its first bytes show; `index` when it is one.
 *
 * @throws `UnsupportedFormat` when the bytes are of no format that is read here.
 */
export async function readTensorFile(source: ByteSource, _options: ReadOptions = {}): Promise<TensorFile | 'index'> {
  const head = await source.read(0, Math.min(source.size, HEAD));
  if (head[0] === 0x7b && head[8] !== 0x7b) return 'index';
  if (head[8] === 0x7b || source.name.endsWith('.safetensors')) {
    return { format: 'safetensors', ...(await readSafetensors(source)) };
  }
  throw new BeitError('UnsupportedFormat', `Cannot read "${source.name}": its bytes are of no known weights format`);
}

import { BeitError } from '../errors.ts';
import type { ByteSource } from './bytes/byteSource.ts';
import { readSafetensors } from './safetensors/safetensors.ts';
import type { StoredTensor } from './storedTensor.ts';

/** The directory of one file of tensors. */
export interface TensorFile {
  readonly format: 'safetensors' | 'torch' | 'flax';
  readonly tensors: readonly StoredTensor[];
  readonly metadata: ReadonlyMap<string, string>;
}

export interface ReadOptions {
  readonly allowStubs?: boolean;
  readonly useEma?: boolean;
}

type Kind = 'index' | 'safetensors' | 'zip' | 'legacy' | 'flax';

const HEAD = 512;
const NONE: ReadonlyMap<string, string> = new Map();
/** Protocol 2, then the magic number as a ten-byte integer. */
const LEGACY = '80028a0a6cfc9c46f9206aa85019';
/**
 * Reads the directory of a file of tensors, of whatever format its first bytes show; `index` when it is an index of
 * shards. The name decides only where the bytes are of no format, so that a broken file is told what it breaks.
 *
 * @throws `UnsupportedFormat` when the bytes are of no format that is read here.
 */
export async function readTensorFile(source: ByteSource, options: ReadOptions = {}): Promise<TensorFile | 'index'> {
  const head = await source.read(0, Math.min(source.size, HEAD));
  const torchOptions = { stubs: options.allowStubs === true, useEma: options.useEma === true };
  switch (kindOf(source.name, head) ?? (await kindByName(source.name, head))) {
    case 'index':
      return 'index';
    case 'safetensors':
      return { format: 'safetensors', ...(await readSafetensors(source)) };
    // formats that most never meet are a download of their own
    case 'zip':
      return torch(await (await import('./torch/torchZip.ts')).readTorchZip(source, torchOptions));
    case 'legacy':
      return torch(await (await import('./torch/torchLegacy.ts')).readTorchLegacy(source, torchOptions));
    case 'flax':
      return { format: 'flax', tensors: await (await import('./flax/flax.ts')).readFlax(source), metadata: NONE };
  }
}

function torch(tensors: readonly StoredTensor[]): TensorFile {
  return { format: 'torch', tensors, metadata: NONE };
}

/** Null where the bytes are of no format that is read here. */
function kindOf(name: string, head: Uint8Array): Kind | null {
  const hex = hexOf(head);
  if (head[8] === 0x7b && head[6] === 0 && head[7] === 0) return 'safetensors';
  if (hex.startsWith('504b0304')) return 'zip';
  if (hex.startsWith(LEGACY)) return 'legacy';
  if (/^\s*\{/.test(latin1(head.subarray(0, 16)))) return 'index';
  if (/^(?:8[1-9a-f]|de|df)[ad]/.test(hex) || (/^(?:8[1-9a-f]|de|df)/.test(hex) && name.endsWith('.msgpack')))
    return 'flax';
  return null;
}

/** What breaks the rules of the format that its name promises. @throws `UnsupportedFormat` */
async function kindByName(name: string, head: Uint8Array): Promise<Kind> {
  const { otherFile } = await import('./otherFile.ts');
  const foreign = otherFile(head);
  if (foreign) throw new BeitError('UnsupportedFormat', `Cannot read "${name}": it ${foreign}`);
  if (name.endsWith('.safetensors')) return 'safetensors';
  if (name.endsWith('.msgpack')) return 'flax';
  throw new BeitError('UnsupportedFormat', `Cannot read "${name}": its bytes are of no known format of weights`);
}

function hexOf(head: Uint8Array): string {
  return [...head.subarray(0, 16)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

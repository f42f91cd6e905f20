import { createHash } from 'node:crypto';

/** One file of the repository the server plays. */
export interface ServedFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** LFS files are redirected to the other origin and named by sha256, the rest by git's blob hash. */
  readonly lfs: boolean;
  readonly etag: string;
}

export const REPOSITORY = 'owner/model';
export const COMMIT = '0123456789abcdef0123456789abcdef01234567';
export const OTHER_COMMIT = 'fedcba9876543210fedcba9876543210fedcba98';

export const WEIGHTS = noise(400_000, 1);
export const OTHER_WEIGHTS = noise(400_000, 2);
export const CONFIG = new TextEncoder().encode(JSON.stringify({ model_type: 'beit', padding: 'x'.repeat(900) }));
const LONG_TEXT = noise(150_000, 3);

/** What every scenario starts from. */
export const FILES: Readonly<Record<string, ServedFile>> = {
  'config.json': served(CONFIG, false),
  'model.safetensors': served(WEIGHTS, true),
  'long.txt': served(LONG_TEXT, false),
  'empty.txt': served(new Uint8Array(0), false),
  'weights/part one/model-00001-of-00001.safetensors': served(noise(5_000, 4), true),
};

export function served(bytes: Uint8Array<ArrayBuffer>, lfs: boolean): ServedFile {
  return { bytes, lfs, etag: lfs ? sha256(bytes) : gitBlob(bytes) };
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function gitBlob(bytes: Uint8Array): string {
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}

/** Incompressible bytes of a linear congruential generator. */
export function noise(size: number, seed: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  let state = seed >>> 0;
  for (let i = 0; i < size; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

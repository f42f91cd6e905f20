import { check } from '../../errors.ts';
import type { StreamingHash } from './blockHash.ts';
import { type HashName, streamingHash } from './hash.ts';

/** Compares bytes that come by with the hash the hub names them by. */
export interface ContentCheck {
  update(bytes: Uint8Array): void;
  /** @throws `IntegrityFailed` */
  finish(): void;
}

/**
 * A check of `size` bytes against `etag`: 64 digits are sha256 of the content, 40 are git's blob hash, which is sha1 of
 * `blob <size>\0` and the content.
 */
export function contentCheck(
  name: string,
  etag: string,
  size: number,
  createHash: (name: HashName) => StreamingHash = streamingHash,
): ContentCheck {
  const algorithm = etag.length === 64 ? 'sha256' : 'sha1';
  const hash = createHash(algorithm);
  let received = 0;
  if (algorithm === 'sha1') hash.update(new TextEncoder().encode(`blob ${size}\0`));
  return {
    update(bytes) {
      hash.update(bytes);
      received += bytes.length;
    },
    finish() {
      const found = hash.digest();
      const sized = received === size;
      check(sized, 'IntegrityFailed', () => `Cannot verify "${name}": expected ${size} bytes, got ${received}`);
      check(
        found === etag,
        'IntegrityFailed',
        () => `Cannot verify "${name}": expected ${algorithm} ${etag}, got ${found}`,
      );
    },
  };
}

/** The hash inside an ETag, weak or strong: 40 or 64 hexadecimal digits; null when it holds anything else. */
export function contentHash(etag: string | null): string | null {
  return etag?.match(/^(?:W\/)?"?([0-9a-f]{64}|[0-9a-f]{40})"?$/)?.[1] ?? null;
}

import type { StreamingHash } from './blockHash.ts';
import { sha1 } from './sha1.ts';
import { sha256 } from './sha256.ts';

/** The two digests the hub announces: of LFS files, and of git's own blobs. */
export type HashName = 'sha256' | 'sha1';

/**
 * Streaming SHA-256 (FIPS 180-4 §6.2) or SHA-1 (§6.1), where Web Crypto only digests whole buffers.
 *
 * @example
 * const hash = streamingHash('sha256');
 * hash.update(new TextEncoder().encode('abc'));
 * hash.digest(); // 'ba7816bf…f20015ad'
 */
export function streamingHash(name: HashName): StreamingHash {
  return name === 'sha256' ? sha256() : sha1();
}

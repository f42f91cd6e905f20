// Speed of the streaming digests beside OpenSSL's, and their counting beyond 2^32 bits: node scripts/run.mjs test/slow/hashSpeed.ts
import { createHash } from 'node:crypto';
import type { StreamingHash } from '../../src/hub/hash/blockHash.ts';
import { type HashName, streamingHash } from '../../src/hub/hash/hash.ts';
import { noise } from '../hubServer/repository.ts';

const PIECE = noise(1 << 20, 31);
/** Enough for a length of more than 2^32 bits. */
const PIECES = 520;

function timed(hash: StreamingHash): { digest: string; rate: number } {
  const before = process.cpuUsage();
  for (let i = 0; i < PIECES; i++) hash.update(PIECE);
  const digest = hash.digest();
  // CPU time, so that a busy machine does not count
  return { digest, rate: (PIECES * PIECE.length) / process.cpuUsage(before).user };
}

function openssl(name: HashName): StreamingHash {
  const hash = createHash(name);
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest('hex') };
}

for (const name of ['sha256', 'sha1'] as const) {
  const ours = timed(streamingHash(name));
  const theirs = timed(openssl(name));
  if (ours.digest !== theirs.digest) throw new Error(`${name} differs: ${ours.digest}, expected ${theirs.digest}`);
  console.log(`${name}: ${ours.rate.toFixed(0)} MB per CPU second, OpenSSL ${theirs.rate.toFixed(0)}`);
}

import { Unzlib } from 'fflate';
import { BeitError } from '../../errors.ts';

/** Fills `out` from compressed bytes, with pauses; what follows is ignored. Returns how much of it was filled. */
export type Codec = (packed: Uint8Array, out: Uint8Array) => Generator<undefined, number>;

/** Compressed bytes inflated in one go: few where they give much, since one gives up to 1032. */
const [LEAST_PIECE, MOST_PIECE] = [1 << 7, 1 << 11];
/** What a piece should give: some milliseconds. */
const BYTES_OF_PIECE = 1 << 17;
/** Steps of the others between two pauses: some milliseconds. */
export const STEPS_AT_ONCE = 1 << 16;

/** A zlib stream. Its checksum is not looked at, since what follows the last row is not read. */
export function* inflate(packed: Uint8Array, out: Uint8Array): Generator<undefined, number> {
  let filled = 0;
  const inflater = new Unzlib((bytes) => {
    const taken = bytes.subarray(0, out.length - filled);
    out.set(taken, filled);
    filled += taken.length;
  });
  try {
    for (let at = 0, piece = LEAST_PIECE; at < packed.length && filled < out.length; yield) {
      const before = filled;
      inflater.push(packed.subarray(at, at + piece));
      at += piece;
      piece = filled - before > BYTES_OF_PIECE ? LEAST_PIECE : Math.min(2 * piece, MOST_PIECE);
    }
  } catch (cause) {
    if (filled === out.length) return filled;
    throw new BeitError('InvalidImage', 'Cannot decode TIFF: its deflated data are broken', { cause });
  }
  return filled;
}

/** PackBits: below 128 a count of bytes that follow, less one; above, of times that one byte is repeated; 128 is nothing. */
export function* unpackBits(packed: Uint8Array, out: Uint8Array): Generator<undefined, number> {
  let filled = 0;
  for (let at = 0, step = 1; at < packed.length && filled < out.length; step++) {
    if (step % STEPS_AT_ONCE === 0) yield;
    const count = packed[at++];
    if (count < 128) {
      const literal = packed.subarray(at, at + Math.min(count + 1, out.length - filled));
      out.set(literal, filled);
      filled += literal.length;
      at += count + 1;
    } else if (count > 128 && at < packed.length) {
      const end = Math.min(filled + 257 - count, out.length);
      out.fill(packed[at++], filled, end);
      filled = end;
    }
  }
  return filled;
}

import { check } from '../../errors.ts';
import { NOTHING_YET, type Stripe } from '../pictureCore.ts';

/** What follows a zero: the end of a row, of the picture, a jump; larger numbers count indices that follow as they are. */
const END_OF_ROW = 0;
const END_OF_PICTURE = 1;
const JUMP = 2;
/** Runs read in one go: some milliseconds. */
const RUNS_AT_ONCE = 1 << 16;

/** What run-length coding is about. */
export interface Runs {
  readonly width: number;
  readonly height: number;
  readonly halves: boolean; // two indices a byte
}

/**
 * The indices [height, width] of a run-length coded BMP, in the order of the file, as Pillow reads them: runs end at the end
 * of their row, and what a jump passes over is 0.
 */
export function* readRuns(
  bytes: Uint8Array,
  start: number,
  { width, height, halves }: Runs,
): Generator<Stripe, Uint8Array> {
  const count = width * height;
  const out = new Uint8Array(count);
  let filled = 0;
  let x = 0;
  let at = start;
  for (let run = 1; filled < count; run++) {
    if (run % RUNS_AT_ONCE === 0) yield NOTHING_YET;
    check(at + 1 < bytes.length, 'InvalidImage', () => {
      return `Cannot decode BMP: its runs are not complete after ${bytes.length} bytes`;
    });
    const [length, value] = [bytes[at], bytes[at + 1]];
    at += 2;
    if (length > 0) {
      const size = Math.min(length, Math.max(0, width - x), count - filled);
      if (!halves) out.fill(value, filled, filled + size);
      else for (let i = 0; i < size; i++) out[filled + i] = i & 1 ? value & 15 : value >> 4;
      filled += size;
      x += size;
    } else if (value === END_OF_ROW) {
      filled = Math.ceil(filled / width) * width;
      x = 0;
    } else if (value === END_OF_PICTURE) {
      break;
    } else if (value === JUMP) {
      check(at + 1 < bytes.length, 'InvalidImage', 'Cannot decode BMP: a jump is not complete');
      filled = Math.min(count, filled + bytes[at] + bytes[at + 1] * width);
      x = filled % width;
      at += 2;
    } else {
      const literal = Math.min(value, count - filled);
      const size = halves ? (literal + 1) >> 1 : literal;
      check(at + size <= bytes.length, 'InvalidImage', 'Cannot decode BMP: indices are missing at the end of the file');
      for (let i = 0; i < literal; i++) {
        const byte = bytes[at + (halves ? i >> 1 : i)];
        out[filled++] = !halves ? byte : i & 1 ? byte & 15 : byte >> 4;
      }
      x += value;
      at += size;
      at += at & 1; // what follows begins at an even byte of the file
    }
  }
  check(filled === count, 'InvalidImage', `Cannot decode BMP: its runs end after ${filled} of ${count} pixels`);
  return out;
}

/** Four bytes can pass over 255 rows and 255 pixels; nothing passes over more. */
export function checkRuns(length: number, { width, height }: Runs): void {
  const count = width * height;
  check(count <= (length / 4 + 1) * 255 * (width + 1), 'InvalidImage', () => {
    return `Cannot decode BMP: ${count} pixels cannot come from ${length} bytes`;
  });
}

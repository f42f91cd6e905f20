import { check } from '../../errors.ts';

const NONE = 1;
const HORIZONTAL = 2;
export const FLOAT_PREDICTOR = 3;

/** Undoes the predictor of one row in place: little-endian samples, `stride` of them a pixel. */
export type Unpredict = (row: Uint8Array, stride: number) => void;

/** Undefined where nothing was predicted. @throws `InvalidImage` for predictors that do not exist or do not fit the samples */
export function unpredictor(predictor: number, bits: number, isFloat: boolean): Unpredict | undefined {
  if (predictor === NONE) return undefined;
  if (predictor === HORIZONTAL && [8, 16, 32].includes(bits)) return (row, stride) => addUp(row, stride, bits / 8);
  const fits = predictor === FLOAT_PREDICTOR && isFloat && bits === 32;
  check(fits, 'InvalidImage', () => `Cannot decode TIFF: predictor ${predictor} does not fit samples of ${bits} bits`);
  return addUpFloats;
}

/** Every sample is the difference from the one `stride` samples before. */
function addUp(row: Uint8Array, stride: number, bytes: number): void {
  const back = stride * bytes;
  for (let at = back; at + bytes <= row.length; at += bytes) {
    let carry = 0;
    for (let i = at; i < at + bytes; i++) {
      const value = row[i] + row[i - back] + carry;
      row[i] = value;
      carry = value >> 8;
    }
  }
}

/** The highest bytes of all floats come first, then the next ones; each is the difference from the one before. */
function addUpFloats(row: Uint8Array, stride: number): void {
  for (let at = stride; at < row.length; at++) row[at] += row[at - stride];
  const byRank = row.slice();
  const count = row.length >> 2;
  for (let i = 0; i < count; i++) {
    for (let b = 0; b < 4; b++) row[4 * i + b] = byRank[(3 - b) * count + i];
  }
}

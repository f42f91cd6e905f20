import { bitsOf, signedBits } from './bits.ts';

/** |v| without its `low` lowest bits, under its sign: what a first scan sends. */
export const truncated = (v: number, low: number) => Math.sign(v) * (Math.abs(v) >> low) || 0;

/** Run and size, then magnitude bits, of every value that is not zero; `end` where only zeros follow. */
export function encodeRuns(values: readonly number[], end: string): string {
  let out = '';
  let run = 0;
  for (const value of values) {
    if (value === 0) {
      run++;
      continue;
    }
    for (; run > 15; run -= 16) out += bitsOf(0xf0, 8);
    const { size, bits } = signedBits(value);
    out += bitsOf((run << 4) | size, 8) + bits;
    run = 0;
  }
  return run > 0 ? out + end : out;
}

/** A refining scan of one block: a bit for every coefficient known before, a sign for every new one. */
export function encodeRefinement(values: readonly number[], low: number): string {
  let out = '';
  let run = 0;
  let corrections = '';
  const last = values.map((v) => Math.abs(v) >> low).lastIndexOf(1);
  for (const [k, v] of values.entries()) {
    const magnitude = Math.abs(v) >> low;
    if (magnitude > 1) corrections += magnitude & 1;
    if (magnitude > 1) continue;
    if (magnitude === 0) run++;
    if (run === 16 && k < last) {
      out += bitsOf(0xf0, 8) + corrections;
      [run, corrections] = [0, ''];
    }
    if (magnitude === 0) continue;
    out += bitsOf((run << 4) | 1, 8) + (v < 0 ? '0' : '1') + corrections;
    [run, corrections] = [0, ''];
  }
  return run > 0 || corrections ? `${out}${bitsOf(0, 8)}${corrections}` : out;
}

/** Each block's first coefficient without its `low` lowest bits, as the difference to the one before. */
export function encodeDc(blocks: readonly number[][], low: number): string[] {
  let prediction = 0;
  return blocks.map(([value]) => {
    const { size, bits } = signedBits((value >> low) - prediction);
    prediction = value >> low;
    return bitsOf(size, 8) + bits;
  });
}

import { type AttentionCase, distance } from './attention.ts';
import { linearQuantized, type QuantizedRow, quantizeRow, quantizeWeights, roundEven } from './quantize.ts';

const f = Math.fround;

/** 255·2^x for |x| ≤ ½, and the lowest power whose 255-fold is not 0. */
const POLYNOMIAL = [254.981659, 176.781555, 61.8658333, 14.0687428].map(f);
const LEAST = -10;

interface Range {
  readonly low: number;
  readonly high: number;
}

/** The least and the largest of every column. */
function columnRanges(rows: readonly (readonly number[])[]): Range[] {
  return rows[0].map((_, c) => {
    const column = rows.map((row) => row[c]);
    return { low: Math.min(...column), high: Math.max(...column) };
  });
}

/** Keys less the centers of their columns, a scale a key; values less the least of their column, 7 bits, a scale a column. */
function quantizeKeys(keys: readonly (readonly number[])[]): QuantizedRow[] {
  const centers = columnRanges(keys).map(({ low, high }) => f(f(low + high) * 0.5));
  return keys.map((key) => {
    const away = key.map((v, c) => f(v - centers[c]));
    return { ...quantizeWeights(away), scale: f(Math.max(...away.map(Math.abs)) * f(1 / 127)) };
  });
}

function quantizeValues(values: readonly (readonly number[])[], ranges: readonly Range[]): QuantizedRow[] {
  return ranges.map(({ low, high }, c) => {
    const range = f(high - low);
    const inverse = range > 1e-30 ? f(127 / range) : 0;
    const q = values.map((row) => roundEven(f(f(row[c] - low) * inverse)));
    return { q, scale: f(range * f(1 / 127)), zero: 0 };
  });
}

/** Probabilities as q + 128 = round(255·e^(s − max s)), every step in f32, scaled to sum up to `mask`. */
function weigh(scores: readonly number[], mask: number): QuantizedRow {
  const largest = Math.max(...scores);
  const q = scores.map((score) => {
    const x = Math.max(LEAST, f(f(score - largest) * f(Math.LOG2E)));
    const whole = roundEven(x);
    const rest = f(x - whole);
    const power = [...POLYNOMIAL].reverse().reduce((sum, c) => f(f(sum * rest) + c));
    return Math.min(127, roundEven(power * 2 ** whole) - 128);
  });
  return { q, scale: f(mask / q.reduce((sum, v) => sum + v + 128, 0)), zero: -128 };
}

/** What `attention_q8` computes, bit for bit, of one image. */
export function attentionQuantized(qkv: readonly (readonly number[])[], shape: AttentionCase): number[][] {
  const { heads, headDim, table, mask, grid } = shape;
  const out = qkv.map((): number[] => []);
  for (let head = 0; head < heads; head++) {
    const part = (which: number) =>
      qkv.map((row) => row.slice((which * heads + head) * headDim, (which * heads + head + 1) * headDim));
    const [keys, ranges] = [quantizeKeys(part(1)), columnRanges(part(2))];
    const values = quantizeValues(part(2), ranges);
    const share = mask ? mask[head] : 1;
    for (const [i, query] of part(0).entries()) {
      const { q, scale, zero } = quantizeRow(query);
      const products = linearQuantized([{ q, scale: f(scale * f(1 / f(Math.sqrt(headDim)))), zero }], keys);
      const scores = Array.from(products, (s, j) => (table ? f(s + f(table[distance(i, j, grid)][head])) : s));
      const sums = linearQuantized([weigh(scores, share)], values);
      out[i].push(...Array.from(sums, (v, c) => f(v + f(ranges[c].low * share))));
    }
  }
  return out;
}

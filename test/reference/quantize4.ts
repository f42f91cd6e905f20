import { roundEven } from './quantize.ts';

const f = Math.fround;
const LEVELS = [-56, -44, -35, -27, -20, -13, -6, 0, 6, 12, 19, 26, 33, 41, 51, 64];

/** The integers a factor m stands for. */
export const levelsOf = (m: number) => LEVELS.map((level) => Math.floor((m * level + 32) / 64));

/** 4-bit weights of one row, as the integers q they stand for: w ≈ scale·q. */
export function quantizeWeights4(w: ArrayLike<number>): { q: number[]; scale: number; zero: number } {
  const largest = Math.max(...Array.from(w, Math.abs));
  const inverse = largest > 1e-30 ? f(127 / largest) : 0;
  const q: number[] = [];
  for (let p = 0; p < w.length; p += 32) {
    const values = Array.from(w).slice(p, p + 32);
    const peak = values.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a), 0);
    const near = roundEven(f(Math.abs(peak) * inverse));
    const scaled = values.map((v) => roundEven(f(v * inverse) * 128));
    const fits = [-2, -1, 0, 1, 2].map((d) => {
      const m = (peak < 0 ? -1 : 1) * Math.max(1, Math.min(127, near + d));
      const nearest = scaled.map((v) => nearestLevel(v, levelsOf(m), Math.sign(m)));
      return { nearest, cost: nearest.reduce((sum, value, i) => sum + (scaled[i] - 128 * value) ** 2, 0) };
    });
    q.push(...fits.reduce((a, b) => (b.cost < a.cost ? b : a)).nearest);
  }
  return { q, scale: f(largest / 127), zero: 0 };
}

/** At equal distance the level that comes first in the order of codes. */
function nearestLevel(v: number, levels: number[], sign: number): number {
  const ordered = levels.map((level) => level * sign);
  const distance = (level: number) => Math.abs(v * sign - 128 * level);
  return sign * ordered.reduce((a, b) => (distance(b) < distance(a) ? b : a));
}

// node bench/lab/codebook.mjs: the 16 levels of q4 by Lloyd's iteration on blocks of 32 normal numbers, each block
// divided by its value of largest magnitude (which becomes 1), and the relative error of this and other codebooks with
// the integer block factors of panel_q4.ts.

let state = 1;
const uniform = () => ((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) + 0.5) / 2 ** 32;
const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
const rowsOf = {
  normal,
  'normal with outliers': () => normal() * (uniform() < 0.005 ? 8 : 1),
  laplace: () => -Math.log(uniform()) * (uniform() < 0.5 ? -1 : 1),
};
const signedLargest = (block) => block.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a));

/** One step; the levels at `fixed` stay. */
function lloyd(blocks, levels, fixed) {
  const sums = levels.map(() => [0, 0]);
  for (const block of blocks) {
    const largest = signedLargest(block);
    for (const value of block) {
      const i = nearest(levels, value / largest);
      sums[i][0] += value * largest;
      sums[i][1] += largest * largest;
    }
  }
  return levels.map((level, i) => (sums[i][1] > 0 && !fixed.includes(i) ? sums[i][0] / sums[i][1] : level));
}

const nearest = (levels, value) =>
  levels.reduce((best, level, i) => (Math.abs(level - value) < Math.abs(levels[best] - value) ? i : best), 0);

/** Relative error of rows of 768 with the best factor m in −127…127 of every block, levels round(m·L/64). */
function error(levels, draw) {
  let [wrong, energy] = [0, 0];
  for (let row = 0; row < 8; row++) {
    const w = Array.from({ length: 768 }, draw);
    const unit = Math.max(...w.map(Math.abs)) / 127;
    for (let b = 0; b < 768; b += 32) {
      const block = w.slice(b, b + 32).map((v) => v / unit);
      wrong += unit ** 2 * bestError(levels, block);
      energy += unit ** 2 * block.reduce((sum, v) => sum + v * v, 0);
    }
  }
  return Math.sqrt(wrong / energy);
}

function bestError(levels, block) {
  const largest = Math.round(signedLargest(block)) || 1;
  let best = Number.POSITIVE_INFINITY;
  for (let m = Math.floor(Math.abs(largest) * 0.75); m <= Math.min(127, Math.ceil(Math.abs(largest) * 1.2)); m++)
    for (const sign of [1, -1]) {
      const values = levels.map((level) => (sign * m * level + 32) >> 6);
      const sum = block.reduce((total, v) => total + (v - values[nearest(values, v)]) ** 2, 0);
      best = Math.min(best, sum);
    }
  return best;
}

const training = Array.from({ length: 20000 }, () => Array.from({ length: 32 }, normal));
function fit(fixed) {
  let levels = Array.from({ length: 16 }, (_, i) => (i - 7) / 8);
  for (let turn = 0; turn < 60; turn++) levels = lloyd(training, levels, fixed);
  return levels.map((level) => Math.round(64 * level));
}
const fitted = fit([7, 15]);
const books = {
  'fitted, 0 and the largest value exact': fitted,
  'fitted freely': fit([]),
  'uniform −8…7': Array.from({ length: 16 }, (_, i) => (i - 8) * 8),
  'uniform −7…7': Array.from({ length: 16 }, (_, i) => Math.round(((Math.max(i, 1) - 8) * 64) / 7)),
};
console.log(`fitted levels × 64: ${fitted.join(', ')}`);
console.log(`| codebook | ${Object.keys(rowsOf).join(' | ')} |\n|---|---|---|---|`);
for (const [name, book] of Object.entries(books))
  console.log(
    `| ${name} | ${Object.values(rowsOf)
      .map((draw) => error(book, draw).toFixed(4))
      .join(' | ')} |`,
  );

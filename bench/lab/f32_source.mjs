// AssemblyScript source of the f32 candidates: one generator for every tile shape.

import { driver, tile } from './tile_source.mjs';

const range = (n) => Array.from({ length: n }, (_, i) => i);

/**
 * A tile of `rows` × `cols` outputs, `unroll` steps of k at a time, and a loop over panels and tiles around it.
 * `packed`: the rows of x lie interleaved as [k, rows], so that one pointer reads them all.
 * `steps`: so many steps with a `break` between them. `fused`: the relaxed multiply-add.
 * `split`: a pointer of its own for every vector of a panel row, which saves engines with explicit bounds checks work.
 */
export function f32Candidate({ rows, cols, unroll = 1, steps = 1, packed = false, split = false, fused = false }) {
  const vectors = range(cols / 4);
  const kind = fused ? 'fused' : 'f32';
  const name = `${kind}_${rows}x${cols}${packed ? '_packed' : ''}${split ? '_split' : ''}${unroll > 1 ? `_u${unroll}` : ''}${steps > 1 ? `_s${steps}` : ''}`;
  const sum = (a, b, c) => (fused ? `f32x4.relaxed_madd(${a}, ${b}, ${c})` : `f32x4.add(f32x4.mul(${a}, ${b}), ${c})`);
  const lane = (u, i) =>
    packed ? `v128.load32_splat(x, ${(u * rows + i) * 4})` : `v128.load32_splat(x${i}, ${u * 4})`;
  const step = (u) => [
    ...vectors.map(
      (j) => `const b${u}_${j} = v128.load(${split && j > 0 ? `w${j}` : 'w'}, ${u * cols * 4 + (split ? 0 : j * 16)});`,
    ),
    ...range(rows).flatMap((i) => [
      `const a${u}_${i} = ${lane(u, i)};`,
      ...vectors.map((j) => `c${i}_${j} = ${sum(`a${u}_${i}`, `b${u}_${j}`, `c${i}_${j}`)};`),
    ]),
  ];
  const advance = (u) => [
    ...(packed ? [`x += ${rows * 4 * u};`] : range(rows).map((i) => `x${i} += ${4 * u};`)),
    ...vectors.map((j) => (j > 0 && !split ? '' : `w${j || ''} += ${cols * 4 * u};`)),
  ];
  const breaking = (u) => [...(u > 0 ? [`if (w >= end - ${u * cols * 4}) break;`] : []), '{', ...step(u), '}'];
  const stepped = ['while (w < end) {', ...range(steps).flatMap(breaking), ...advance(steps), '}'];
  const loop = (end, u) => [`while (w < ${end}) {`, ...range(u).flatMap(step), ...advance(u), '}'];
  const body = [
    ...range(rows).flatMap((i) => vectors.map((j) => `let c${i}_${j} = f32x4.splat(0);`)),
    ...(packed ? [] : range(rows).map((i) => `let x${i} = x + min(${i}, last) * stride;`)),
    ...(split ? vectors.slice(1).map((j) => `let w${j} = w + ${16 * j};`) : []),
    `const start = w, end = w + k * ${cols * 4};`,
    ...(unroll > 1 ? loop(`start + (k - k % ${unroll}) * ${cols * 4}`, unroll) : []),
    ...(steps > 1 ? stepped : loop('end', 1)),
    ...range(rows).flatMap((i) => vectors.map((j) => `v128.store(out, c${i}_${j}, ${(i * cols + j * 4) * 4});`)),
  ];
  return {
    name,
    source: `${tile(name, body)}\n${driver(name, rows, cols, { before: packed ? packRows(rows) : '', stride: 'k * 4', panel: `k * ${cols * 4}` })}`,
  };
}

const packRows = (rows) => `const to = out + m * n * 4;
  for (let i: usize = 0; i < m; i += ${rows})
    for (let r: usize = 0; r < ${rows}; ++r) {
      const from = x + min(i + r, m - 1) * k * 4, at = to + (i * k + r) * 4;
      for (let p: usize = 0; p < k; ++p) store<f32>(at + p * ${rows * 4}, load<f32>(from + p * 4));
    }
  x = to;`;

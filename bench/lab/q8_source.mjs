// AssemblyScript source of the int8 candidates. Groups of 4 (relaxed dot) or 2 (i16 dot) inputs lie together; `wide` weights
// are 16 bits in memory. `apart` puts a `break` between the steps of a round, over which no compiler moves a product.

import { driver, tile } from './tile_source.mjs';

const range = (n) => Array.from({ length: n }, (_, i) => i);

/** A tile of `rows` × `cols` sums over groups of k, with the relaxed dot or with products of 16-bit lanes. */
export function q8Candidate({ rows, cols, relaxed, unroll = 1, wide = false, apart = false }) {
  const vectors = range(cols / 4);
  const name = `${relaxed ? 'relaxed' : 'strict'}_${rows}x${cols}${unroll > 1 ? `_u${unroll}` : ''}${apart ? 'b' : ''}${wide ? '_wide' : ''}`;
  const group = relaxed ? 4 : 2;
  const weights = (at) => (relaxed || wide ? `v128.load(w, ${at})` : `v128.load8x8_s(w, ${at})`);
  const bytes = 4 * group * (wide ? 2 : 1);
  const step1 = (cols / 4) * bytes;
  const dot = (a, b, c) =>
    relaxed
      ? `i32x4.relaxed_dot_i8x16_i7x16_add_s(${a}, ${b}, ${c})`
      : `i32x4.add(i32x4.dot_i16x8_s(${a}, ${b}), ${c})`;
  const step = (u) => [
    ...(apart && u > 0 ? [`if (w >= end - ${u * step1}) break;`] : []),
    '{',
    ...vectors.map((j) => `const b${u}_${j} = ${weights(u * step1 + j * bytes)};`),
    ...range(rows).flatMap((i) => [
      `const a${u}_${i} = v128.load32_splat(x${i}, ${4 * u});`,
      ...vectors.map((j) => `c${i}_${j} = ${dot(`a${u}_${i}`, `b${u}_${j}`, `c${i}_${j}`)};`),
    ]),
    '}',
  ];
  const body = [
    ...range(rows).flatMap((i) => vectors.map((j) => `let c${i}_${j} = i32x4.splat(0);`)),
    ...range(rows).map((i) => `let x${i} = x + min(${i}, last) * stride;`),
    `const end = w + k * ${step1 / group};`,
    'while (w < end) {',
    ...range(unroll).flatMap(step),
    ...range(rows).map((i) => `x${i} += ${4 * unroll};`),
    `w += ${step1 * unroll};`,
    '}',
    ...range(rows).flatMap((i) => vectors.map((j) => `v128.store(out, c${i}_${j}, ${(i * cols + j * 4) * 4});`)),
  ];
  const panel = `k * ${step1 / group}`;
  return { name, source: `${tile(name, body)}\n${driver(name, rows, cols, { stride: `k * ${4 / group}`, panel })}` };
}

/**
 * The dot by pairs, in three instructions, a step of k a round. `joined`: two steps a round, whose pairs are added in 16 bits before they
 * are widened, which is exact only where the weights allow it: core-as/gemm/joined_steps.ts.
 */
export function pairsCandidate({ rows, cols, joined }) {
  const [vectors, steps] = [range(cols / 4), range(joined ? 2 : 1)];
  const name = `pairs_${rows}x${cols}${joined ? '_joined' : ''}`;
  const pairs = (i, j) =>
    steps
      .map((u) => `i16x8.relaxed_dot_i8x16_i7x16_s(b${u}_${j}, a${u}_${i})`)
      .reduce((sum, product) => `i16x8.add(${sum}, ${product})`);
  const body = [
    // loaded, since V8 makes a constant anew at each use
    'const ones = v128.load(memory.data<i16>([1, 1, 1, 1, 1, 1, 1, 1], 16));',
    ...range(rows).flatMap((i) => vectors.map((j) => `let c${i}_${j} = i32x4.splat(0);`)),
    ...range(rows).map((i) => `let x${i} = x + min(${i}, last) * stride;`),
    `const end = w + k * ${cols};`,
    'while (w < end) {',
    ...steps.flatMap((u) => vectors.map((j) => `const b${u}_${j} = v128.load(w, ${u * 4 * cols + j * 16});`)),
    ...range(rows).flatMap((i) => [
      ...steps.map((u) => `const a${u}_${i} = v128.load32_splat(x${i}, ${4 * u});`),
      ...vectors.map((j) => `c${i}_${j} = i32x4.add(i32x4.dot_i16x8_s(${pairs(i, j)}, ones), c${i}_${j});`),
    ]),
    ...range(rows).map((i) => `x${i} += ${4 * steps.length};`),
    `w += ${4 * cols * steps.length};`,
    '}',
    ...range(rows).flatMap((i) => vectors.map((j) => `v128.store(out, c${i}_${j}, ${(i * cols + j * 4) * 4});`)),
  ];
  return { name, source: `${tile(name, body)}\n${driver(name, rows, cols, { stride: 'k', panel: `k * ${cols}` })}` };
}

// AssemblyScript source of the int8 candidates. Groups of 4 (relaxed dot) or 2 (i16 dot) inputs lie together; `wide` weights
// are 16 bits in memory. `apart` puts a `break` between the steps of a round, over which no compiler moves a product.

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
  return {
    name,
    source: `function ${name}_tile(out: usize, x: usize, stride: usize, last: usize, w: usize, k: usize): void {
  ${body.join('\n  ')}
}
export function ${name}(m: usize, n: usize, k: usize, x: usize, w: usize, out: usize): void {
  const stride = k * ${4 / group};
  for (let j: usize = 0; j < n; j += ${cols}, w += k * ${step1 / group})
    for (let i: usize = 0; i < m; i += ${rows}) {
      const last = min(${rows - 1}, m - i - 1);
      ${name}_tile(0, x + i * stride, stride, last, w, k);
      for (let r: usize = 0; r <= last; ++r)
        for (let c: usize = 0; c < ${cols * 4}; c += 16)
          v128.store(out + ((i + r) * n + j) * 4 + c, v128.load(r * ${cols * 4} + c));
    }
}`,
  };
}

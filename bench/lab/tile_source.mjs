// AssemblyScript source around the body of a tile candidate.

/** A function that computes one tile of sums. */
export const tile = (name, body) =>
  `function ${name}_tile(out: usize, x: usize, stride: usize, last: usize, w: usize, k: usize): void {\n  ${body.join('\n  ')}\n}`;

/** A loop over panels and tiles. `stride`: bytes of a row of x; `panel`: bytes of a panel; `before`: what is done once before. */
export const driver = (name, rows, cols, { before = '', stride, panel }) => `
export function ${name}(m: usize, n: usize, k: usize, x: usize, w: usize, out: usize): void {
  ${before}
  const stride = ${stride};
  for (let j: usize = 0; j < n; j += ${cols}, w += ${panel})
    for (let i: usize = 0; i < m; i += ${rows}) {
      const last = min(${rows - 1}, m - i - 1);
      ${name}_tile(0, x + i * stride, stride, last, w, k);
      for (let r: usize = 0; r <= last; ++r)
        for (let c: usize = 0; c < ${cols * 4}; c += 16)
          v128.store(out + ((i + r) * n + j) * 4 + c, v128.load(r * ${cols * 4} + c));
    }
}`;

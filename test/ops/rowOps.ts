import { ACTIVATIONS } from '../../src/activations.ts';
import type { Backend, Kinds } from '../../src/backend.ts';
import { randomFloats } from '../reference/linear.ts';
import { fillAll, filled, layer, type Op } from './op.ts';

const copyOrAdd =
  (op: 'copy' | 'add', rows: number): Op =>
  (b) => {
    const [out, x] = [filled(b, 5, 7, 1), filled(b, rows, 7, 2)];
    return { out: out.t, fill: fillAll(out, x), run: () => b[op](out.t, x.t) };
  };

const copyOfViews: Op = (b) => {
  const [out, x] = [filled(b, 4, 9, 1), filled(b, 4, 6, 2)];
  const run = () => b.copy(b.cols(b.rows(out.t, 1, 3), 2, 5), b.cols(b.rows(x.t, 2, 4), 3, 6));
  return { out: out.t, fill: fillAll(out, x), run };
};

const blend: Op = (b) => {
  const [out, row, mask] = [filled(b, 3, 5, 1), filled(b, 1, 5, 2), b.alloc(1, 3)];
  const fill = () => {
    for (const f of [out, row]) f.fill();
    b.write(mask, new Float32Array([0, 1, 0.25]));
  };
  return { out: out.t, fill, run: () => b.blend(out.t, row.t, mask) };
};

const patchify: Op = (b) => {
  const image = { images: 2, channels: 3, height: 7, width: 9 };
  const [pixels, out] = [filled(b, 2, 3 * 7 * 9, 3), b.alloc(2 * 2 * 3, 3 * 9)];
  return { out, fill: pixels.fill, run: () => b.patchify(out, pixels.t, image, 3) };
};

interface Product {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly dtype?: 'f32' | 'f16' | 'bf16';
  readonly epilogue?: 'store' | 'add' | (typeof ACTIVATIONS)[number];
}

/** Into columns of a wider tensor. */
const linear =
  ({ m, n, k, dtype, epilogue }: Product): Op =>
  (b) => {
    const [w, out, x] = [layer(b, n, k, dtype), filled(b, m, n + 2, 1), filled(b, m, k, 2)];
    const run = () => b.linear(b.cols(out.t, 1, n + 1), x.t, w.w, epilogue);
    return { out: out.t, fill: fillAll(w, out, x), run };
  };

/** Where exponentials and powers leave f32, where functions are cut off, and what is no number. */
const EXTREMES = [0, 1e-6, 0.5, 3, 5, 8, 9.5, 20, 50, 89, 100, 1e4, 1e18].flatMap((x) => [x, -x]).concat(Number.NaN);

const activationOfExtremes =
  (epilogue: (typeof ACTIVATIONS)[number]): Op =>
  (b) => {
    const w = b.reserveLinear(1, 1);
    const [x, out] = [b.alloc(EXTREMES.length, 1), b.alloc(EXTREMES.length, 1)];
    const fill = () => {
      b.putRows(w, 0, Float32Array.of(1));
      b.putVectors(w, null, null);
      b.write(x, Float32Array.from(EXTREMES));
    };
    return { out, fill, run: () => b.linear(out, x, w, epilogue) };
  };

const layerNorm =
  (rows: number, cols: number): Op =>
  (b) => {
    const norm = b.reserveNorm(cols, 1e-3);
    const x = filled(b, rows, cols, 1);
    const fill = () => {
      x.fill();
      b.putNorm(norm, randomFloats(cols, 2), randomFloats(cols, 3));
    };
    return { out: x.t, fill, run: () => b.layerNorm(x.t, x.t, norm) };
  };

const meanRows: Op = (b) => {
  const [x, out] = [filled(b, 9, 6, 1), b.alloc(1, 6)];
  return { out, fill: x.fill, run: () => b.meanRows(out, b.rows(x.t, 2, 9)) };
};

interface Attention {
  readonly grid: { readonly height: number; readonly width: number };
  readonly heads: number;
  readonly headDim: number;
  readonly biased: boolean;
  readonly masked: boolean;
}

function attentionOf(b: Backend<Kinds>, { grid, heads, headDim, biased, masked }: Attention) {
  const [tokens, dim] = [grid.height * grid.width + 1, heads * headDim];
  const distances = (2 * grid.height - 1) * (2 * grid.width - 1) + 3;
  b.planAttention(tokens, headDim);
  const [qkv, bias, mask] = [filled(b, 2 * tokens, 3 * dim, 1), b.alloc(heads, distances), b.alloc(1, heads)];
  const fill = () => {
    qkv.fill();
    b.writeRelativeBias(bias, randomFloats(distances * heads, 2), grid);
    b.write(
      mask,
      Float32Array.from({ length: heads }, (_, i) => i / 2),
    );
  };
  const [relativeBias, headMask] = [biased ? bias : null, masked ? mask : null];
  return { qkv: qkv.t, fill, tokens, dim, shape: { images: 2, tokens, heads, grid, relativeBias, headMask } };
}

const attention =
  (of: Attention): Op =>
  (b) => {
    const { qkv, fill, tokens, dim, shape } = attentionOf(b, of);
    const out = b.alloc(2 * tokens, dim);
    return { out, fill, run: () => b.attention(out, qkv, shape) };
  };

/** Of the second image and the last head. */
const probabilities =
  (of: Attention): Op =>
  (b) => {
    const { qkv, fill, tokens, shape } = attentionOf(b, of);
    const out = b.alloc(tokens, tokens);
    return { out, fill, run: () => b.attentionProbabilities(out, qkv, shape, 1, of.heads - 1) };
  };

const ATTENTIONS: Readonly<Record<string, Attention>> = Object.fromEntries(
  [
    { grid: { height: 2, width: 3 }, heads: 2, headDim: 4, biased: false, masked: false },
    { grid: { height: 2, width: 3 }, heads: 2, headDim: 4, biased: true, masked: false },
    { grid: { height: 2, width: 3 }, heads: 2, headDim: 4, biased: true, masked: true },
    { grid: { height: 1, width: 1 }, heads: 1, headDim: 6, biased: true, masked: false },
    { grid: { height: 7, width: 9 }, heads: 3, headDim: 10, biased: true, masked: true },
    { grid: { height: 8, width: 8 }, heads: 1, headDim: 64, biased: true, masked: false },
    { grid: { height: 2, width: 2 }, heads: 1, headDim: 130, biased: false, masked: false },
  ].map((of) => {
    const ends = `${of.biased ? ', biased' : ''}${of.masked ? ', masked' : ''}`;
    return [`${of.heads} × ${of.headDim}, ${of.grid.height} × ${of.grid.width} patches${ends}`, of];
  }),
);

const PRODUCTS: readonly Product[] = [
  ...(['store', 'add', ...ACTIVATIONS] as const).map((epilogue) => ({ m: 5, n: 6, k: 10, epilogue })),
  ...(['f32', 'f16', 'bf16'] as const).flatMap((dtype) => [
    { m: 1, n: 1, k: 1, dtype },
    { m: 33, n: 67, k: 35, dtype },
    { m: 70, n: 31, k: 16, dtype },
    { m: 33, n: 36, k: 52, dtype },
  ]),
  { m: 131, n: 701, k: 37 },
  { m: 130, n: 700, k: 36, epilogue: 'add' },
];

/** Every op on rows, by what it is tried with. */
export const ROW_OPS: Readonly<Record<string, Op>> = {
  'copy of 5 rows': copyOrAdd('copy', 5),
  'copy of a row to 5': copyOrAdd('copy', 1),
  'add of 5 rows': copyOrAdd('add', 5),
  'add of a row to 5': copyOrAdd('add', 1),
  'a copy between views leaves the columns beside it alone': copyOfViews,
  'blend mixes each row by its mask': blend,
  'patchify cuts pictures into rows, channels outermost': patchify,
  ...Object.fromEntries(
    PRODUCTS.map((product) => {
      const { m, n, k, dtype = 'f32', epilogue = 'store' } = product;
      return [`linear ${m} × ${n} × ${k}, ${dtype}, ${epilogue}, into a view`, linear(product)];
    }),
  ),
  ...Object.fromEntries(ACTIVATIONS.map((name) => [`${name} of extremes`, activationOfExtremes(name)])),
  'layer norm, in place': layerNorm(4, 10),
  'layer norm of many columns': layerNorm(3, 301),
  'the mean of rows': meanRows,
  ...Object.fromEntries(Object.entries(ATTENTIONS).map(([name, of]) => [`attention of ${name}`, attention(of)])),
  ...Object.fromEntries(
    Object.entries(ATTENTIONS).map(([name, of]) => [`probabilities of ${name}`, probabilities(of)]),
  ),
};

import type { Backend, Kinds } from '../../../../../backend.ts';
import type { Grid } from '../../../../../interpolate.ts';
import { exp } from '../../../../../math.ts';
import { cosine, sine } from '../../../../../sine.ts';
import type { ForwardOps } from '../../../forward.ts';
import type { Parameters } from '../../../params/parameters.ts';
import { conv1x1 } from '../../segmentation/convolution.ts';
import { type Map2d, mapIn } from '../../segmentation/featureMaps.ts';
import type { DomainFields } from './zoeFields.ts';

type Linear = Kinds['linear'];

/** nn.LayerNorm's default. */
const NORM_EPS = 1e-5;
/** What the classifier tells apart, a constant of the reference. */
export const DOMAINS = 2;

/** A layer of the post-norm transformer. */
interface DomainLayer {
  readonly qkv: Linear;
  readonly out: Linear;
  readonly norm1: Kinds['norm'];
  readonly linear1: Linear;
  readonly linear2: Linear;
  readonly norm2: Kinds['norm'];
}

/** Tells from the coarsest map which head is meant: a small transformer over its pixels and a classifier. */
export interface DomainParams {
  readonly fields: DomainFields;
  readonly embedding: Linear;
  readonly layers: readonly DomainLayer[];
  readonly classifier: readonly [Linear, Linear];
}

export function domainParams(
  p: Parameters<Kinds>,
  name: string,
  fields: DomainFields,
  bottleneck: number,
): DomainParams {
  const { hiddenSize: dim } = fields;
  const encoder = `${name}.patch_transformer`;
  return {
    fields,
    embedding: conv1x1(p, `${encoder}.embedding_convPxP`, dim, bottleneck),
    layers: [0, 1, 2, 3].map((i) => domainLayer(p, `${encoder}.transformer_encoder.${i}`, fields)),
    classifier: [
      linear(p, [`${name}.mlp_classifier.linear1`], dim, dim),
      linear(p, [`${name}.mlp_classifier.linear2`], DOMAINS, dim),
    ],
  };
}

function domainLayer(p: Parameters<Kinds>, name: string, fields: DomainFields): DomainLayer {
  const { hiddenSize: dim, intermediateSize } = fields;
  const parts = ['query', 'key', 'value'].map((part) => `${name}.self_attn.${part}`);
  return {
    qkv: linear(p, parts, dim, dim),
    out: linear(p, [`${name}.self_attn.out_proj`], dim, dim),
    linear1: linear(p, [`${name}.linear1`], intermediateSize, dim),
    linear2: linear(p, [`${name}.linear2`], dim, intermediateSize),
    norm1: p.norm(`${name}.norm1`, dim, NORM_EPS),
    norm2: p.norm(`${name}.norm2`, dim, NORM_EPS),
  };
}

/** Layers [n, k] side by side as one, in f32 whatever the body's weights are kept as. */
function linear(p: Parameters<Kinds>, names: readonly string[], n: number, k: number): Linear {
  const w = p.backend.reserveLinear(names.length * n, k, 'f32');
  for (const [i, name] of names.entries()) p.rows(`${name}.weight`, [n, k], w, i * n);
  const biases = names.map((name) => p.vector(`${name}.bias`, [n], 'zeros'));
  p.onFinish(() => {
    const shift = new Float32Array(names.length * n);
    for (const [i, bias] of biases.entries()) shift.set(bias, i * n);
    p.backend.putVectors(w, null, shift);
  });
  return w;
}

/** Buffers for one image of T = 1 + pixels tokens. */
export interface DomainState {
  readonly grid: Grid;
  readonly positions: Kinds['tensor']; // [T, dim]
  readonly zero: Kinds['tensor']; // [1, dim] the first token
  readonly x: Kinds['tensor']; // [T, dim]
  readonly y: Kinds['tensor']; // [T, dim]
  readonly qkv: Kinds['tensor']; // [T, 3·dim]
  readonly hidden: Kinds['tensor']; // [T, intermediate]
}

export function domainState(backend: Backend<Kinds>, { fields }: DomainParams, grid: Grid): DomainState {
  const { hiddenSize: dim, intermediateSize, heads } = fields;
  const tokens = 1 + grid.height * grid.width;
  backend.planAttention(tokens, dim / heads);
  return {
    grid,
    positions: backend.alloc(tokens, dim),
    zero: backend.alloc(1, dim),
    x: backend.alloc(tokens, dim),
    y: backend.alloc(tokens, dim),
    qkv: backend.alloc(tokens, 3 * dim),
    hidden: backend.alloc(tokens, intermediateSize),
  };
}

/** Writes what depends on the size alone. */
export function prepareDomains(
  backend: Backend<Kinds>,
  { fields: { hiddenSize } }: DomainParams,
  s: DomainState,
): void {
  backend.write(s.positions, sinusoids(1 + s.grid.height * s.grid.width, hiddenSize));
  backend.write(s.zero, new Float32Array(hiddenSize));
}

/** [tokens, dim]: sines of rising wavelengths, then their cosines, rounded where torch rounds to f32. */
function sinusoids(tokens: number, dim: number): Float32Array {
  const f = Math.fround;
  const half = dim / 2;
  const step = f(-f(9.210340371976184) / dim); // −ln 10000 / dim
  const rates = Float32Array.from({ length: half }, (_, i) => exp(f(2 * i * step)));
  const out = new Float32Array(tokens * dim);
  for (let t = 0; t < tokens; t++) {
    for (let i = 0; i < half; i++) {
      const angle = f(t * rates[i]);
      out[t * dim + i] = sine(angle);
      out[t * dim + half + i] = cosine(angle);
    }
  }
  return out;
}

/** The map of the bottleneck → one row of logits, a domain each. */
export function runDomains(
  ops: ForwardOps<Kinds>,
  out: Kinds['tensor'],
  x: Map2d,
  p: DomainParams,
  s: DomainState,
): void {
  const tokens = 1 + s.grid.height * s.grid.width;
  ops.copy(ops.rows(s.x, 0, 1), s.zero);
  ops.conv1x1(mapIn(ops.rows(s.x, 1, tokens), s.grid), x, p.embedding);
  ops.add(s.x, s.positions);
  const shape = { images: 1, tokens, heads: p.fields.heads, grid: s.grid, relativeBias: null, headMask: null };
  for (const layer of p.layers) {
    ops.linear(s.qkv, s.x, layer.qkv);
    ops.attention(s.y, s.qkv, shape);
    ops.linear(s.x, s.y, layer.out, 'add');
    ops.layerNorm(s.x, s.x, layer.norm1);
    ops.linear(s.hidden, s.x, layer.linear1, 'relu');
    ops.linear(s.x, s.hidden, layer.linear2, 'add');
    ops.layerNorm(s.x, s.x, layer.norm2);
  }
  const hidden = ops.rows(s.y, 0, 1);
  ops.linear(hidden, ops.rows(s.x, 0, 1), p.classifier[0], 'relu');
  ops.linear(out, hidden, p.classifier[1]);
}

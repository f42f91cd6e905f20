import type { Epilogue, Kinds } from '../../../backend.ts';
import { isQuantizedDtype } from '../../../dtype.ts';
import type { BeitConfig } from '../config/config.ts';
import type { Parameters } from './parameters.ts';

/** The weights of one block. */
export interface BlockParams<K extends Kinds> {
  readonly norm1: K['norm'];
  readonly attentionNorm: K['norm'] | null; // over the heads' outputs, before proj
  readonly qkv: K['linear']; // [3·dim, dim]; BEiT's key part has no bias
  readonly proj: K['linear']; // [dim, dim], LayerScale λ₁ as its output scale
  readonly norm2: K['norm'];
  readonly fc1: K['linear']; // [mlpDim, dim]
  readonly mlpNorm: K['norm'] | null; // over the activated hidden layer
  readonly fc2: K['linear']; // [dim, mlpDim], λ₂ as its output scale
  readonly relativeBias: Float32Array | null; // [distances, heads] of the native grid, in CPU memory
}

/** The weights of a BEiT without its head, as every class shares them. */
export interface BeitParams<K extends Kinds> {
  readonly config: BeitConfig;
  readonly activation: Epilogue;
  /** Whether the weights are integers; then attention goes through integers too. */
  readonly quantized: boolean;
  readonly patch: K['linear']; // [dim, channels·patch²]
  readonly prefix: readonly Float32Array[]; // class token, distillation token, registers: each [count, dim]
  readonly maskToken: Float32Array | null; // [dim]
  readonly positions: Float32Array | null; // [positioned + native patches, dim]
  /** Prefix tokens that have a position; registers, which come last, have none. */
  readonly positioned: number;
  readonly sharedRelativeBias: Float32Array | null; // [distances, heads]
  /** Over the embeddings. */
  readonly preNorm: K['norm'] | null;
  readonly blocks: readonly BlockParams<K>[];
  /** Over the last hidden state. */
  readonly norm: K['norm'] | null;
  /** Over the pooled vector; only with a pooler. */
  readonly poolerNorm: K['norm'] | null;
}

/** Which of the optional parts a class has. */
export interface BeitParts {
  readonly pooler: boolean;
  /** A backbone may have no final norm. */
  readonly finalNorm: boolean;
}

/** Reserves everything a BEiT body is made of and names its slots as the hub's files do, without the "beit." prefix. */
export function beitParams<K extends Kinds>(p: Parameters<K>, config: BeitConfig, parts: BeitParts): BeitParams<K> {
  const { hiddenSize: dim, layerNormEps: eps, patchSize, numChannels, nativeGrid: grid } = config;
  const patchDim = numChannels * patchSize * patchSize;
  const shape = [dim, numChannels, patchSize, patchSize];
  const token = (name: string) => p.vector(`embeddings.${name}`, [1, 1, dim], 'zeros');
  const { numRegisterTokens: registers, family, positionedPrefix: positioned, preNorm, normalized } = config;
  const tokens = positioned + grid.height * grid.width;
  return {
    config,
    activation: config.activation,
    quantized: isQuantizedDtype(p.dtype),
    prefix: [
      ...(config.classToken ? [token('cls_token')] : []),
      ...(family.distillationToken ? [token('distillation_token')] : []),
      ...(registers > 0 ? [p.vector('embeddings.register_tokens', [1, registers, dim], 'zeros')] : []),
    ],
    maskToken: config.useMaskToken
      ? p.vector('embeddings.mask_token', family.flatMaskToken ? [1, dim] : [1, 1, dim], 'zeros')
      : null,
    positions: config.useAbsolutePositionEmbeddings
      ? p.vector('embeddings.position_embeddings', [1, tokens, dim], 'zeros')
      : null,
    positioned,
    patch: p.linear('embeddings.patch_embeddings.projection', dim, patchDim, { shape, wide: true, bias: !preNorm }),
    preNorm: preNorm ? p.norm('embeddings.layernorm', dim, eps) : null,
    sharedRelativeBias: config.useSharedRelativePositionBias ? relativeBias(p, config, 'encoder') : null,
    blocks: Array.from({ length: config.numHiddenLayers }, (_, i) => blockParams(p, config, `encoder.layer.${i}`)),
    norm: normalized === 'tokens' && parts.finalNorm ? p.norm('layernorm', dim, eps) : null,
    poolerNorm: normalized === 'pooled' && parts.pooler ? p.norm('pooler.layernorm', dim, eps) : null,
  };
}

function blockParams<K extends Kinds>(p: Parameters<K>, config: BeitConfig, name: string): BlockParams<K> {
  const { hiddenSize: dim, intermediateSize: mlpDim, layerNormEps: eps, subNorms } = config;
  return {
    norm1: p.norm(`${name}.layernorm_before`, dim, eps),
    qkv: qkvLinear(p, config, `${name}.attention.attention`),
    relativeBias: config.useRelativePositionBias ? relativeBias(p, config, `${name}.attention.attention`) : null,
    attentionNorm: subNorms ? p.norm(`${name}.attention.layernorm`, dim, eps) : null,
    proj: scaledLinear(p, config, [dim, dim], `${name}.attention.output.dense`, `${name}.lambda_1`),
    norm2: p.norm(`${name}.layernorm_after`, dim, eps),
    fc1: p.linear(`${name}.intermediate.dense`, mlpDim, dim),
    mlpNorm: subNorms ? p.norm(`${name}.intermediate.layernorm`, mlpDim, eps) : null,
    fc2: scaledLinear(p, config, [dim, mlpDim], `${name}.output.dense`, `${name}.lambda_2`),
  };
}

/** Query, key and value as one layer. BEiT's key has no bias: it would add the same to all scores of a query. */
function qkvLinear<K extends Kinds>(p: Parameters<K>, config: BeitConfig, name: string): K['linear'] {
  const { hiddenSize: dim, qkvBias, family } = config;
  const parts = ['query', 'key', 'value'];
  const w = p.backend.reserveLinear(3 * dim, dim, p.dtypeOf(...parts.map((part) => `${name}.${part}.weight`)));
  for (const [i, part] of parts.entries()) p.rows(`${name}.${part}.weight`, [dim, dim], w, i * dim);
  p.fuse(
    `${name}.qkv.weight`,
    parts.map((part) => `${name}.${part}.weight`),
  );
  const biases = parts.map((part) => (part === 'key' && !family.keyBias ? null : `${name}.${part}.bias`));
  const vectors = qkvBias ? biases.map((bias) => bias && p.vector(bias, [dim], 'zeros')) : [];
  if (qkvBias) p.fuse(`${name}.qkv.bias`, biases);
  p.onFinish(() => {
    const shift = new Float32Array(3 * dim); // [3·dim]
    for (const [i, vector] of vectors.entries()) if (vector) shift.set(vector, i * dim);
    p.backend.putVectors(w, null, shift);
  });
  return w;
}

/** λ ⊙ (W·x + b): λ stays a vector beside the weights, so weights of any dtype load in any order and save unchanged. */
function scaledLinear<K extends Kinds>(
  p: Parameters<K>,
  config: BeitConfig,
  [n, k]: [number, number],
  name: string,
  lambdaName: string,
): K['linear'] {
  if (config.layerScaleInitValue <= 0) return p.linear(name, n, k);
  const w = p.linear(name, n, k, { bias: false });
  const bias = p.vector(`${name}.bias`, [n], 'zeros');
  const lambda = p.vector(lambdaName, [n], config.layerScaleInitValue);
  p.onFinish(() => {
    const shift = bias.map((b, i) => b * lambda[i]);
    p.backend.putVectors(w, lambda, shift);
  });
  return w;
}

function relativeBias<K extends Kinds>(p: Parameters<K>, config: BeitConfig, owner: string): Float32Array {
  const { height, width } = config.nativeGrid;
  const distances = (2 * height - 1) * (2 * width - 1) + 3;
  const name = `${owner}.relative_position_bias.relative_position_bias_table`;
  return p.vector(name, [distances, config.numAttentionHeads], 'zeros');
}

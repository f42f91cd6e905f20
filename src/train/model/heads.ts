import type { Backend, Kinds } from '../../backend.ts';
import { check } from '../../errors.ts';
import type { BeitConfig } from '../../model/beit/config/config.ts';
import type { BeitParams } from '../../model/beit/params/beitParams.ts';
import { patchTokens } from '../../model/beit/state.ts';
import type { GradOps } from '../gradOps.ts';
import type { TrainState } from './trainState.ts';

/** Classes that can be trained. */
export type TrainableClass = 'BeitForImageClassification' | 'BeitForMaskedImageModeling';

/** What follows the last block, and its way back. */
export interface TrainHead<K extends Kinds> {
  /** [rows, classes]: what the loss reads. */
  readonly logits: K['tensor'];
  readonly dLogits: K['tensor'];
  /** [B, dim]: what the classifier reads; null where the head is more than a classifier. */
  readonly features: K['tensor'] | null;
  /** From the last hidden state to what `classify` reads. */
  pool(ops: GradOps<K>): void;
  /** From there to `logits`. */
  classify(ops: GradOps<K>): void;
  /** The way back of `classify`; `through` is false when nothing below it is trained. */
  classifyBackward(ops: GradOps<K>, through: boolean): void;
  /** The way back of `pool`, to `state.gradient`; `through` is false when no block is trained. */
  poolBackward(ops: GradOps<K>, through: boolean): void;
}

interface HeadParts<K extends Kinds> {
  readonly backend: Backend<K>;
  readonly body: BeitParams<K>;
  readonly params: unknown;
  readonly state: TrainState<K>;
}

/** Reserves the buffers of a head. @throws `InvalidConfig` for a class or a config that cannot be trained */
export function trainHead<K extends Kinds>(name: TrainableClass, parts: HeadParts<K>): TrainHead<K> {
  const { config } = parts.body;
  check(name in HEADS, 'InvalidConfig', () => {
    return `Cannot train a ${name}: expected one of ${Object.keys(HEADS).join(', ')}`;
  });
  checkTrainable(config);
  return HEADS[name](parts);
}

/** @throws `InvalidConfig` where the gradients of a family are not known here */
export function checkTrainable(config: BeitConfig): void {
  const { family, modelType, classToken, preNorm, subNorms, normalized, useMeanPooling } = config;
  const norms = useMeanPooling ? ['pooled'] : ['pooled', 'tokens'];
  check(classToken && !preNorm && !subNorms && norms.includes(normalized), 'InvalidConfig', () => {
    return `Cannot train all of a model of type ${modelType}: expected one with a class token and the norms of BEiT`;
  });
  check(!family.classAndMean, 'InvalidConfig', () => {
    return `Cannot train all of a model of type ${modelType}: expected one whose classifier reads one pooled vector`;
  });
}

const HEADS: Readonly<Record<TrainableClass, <K extends Kinds>(parts: HeadParts<K>) => TrainHead<K>>> = {
  BeitForImageClassification: classifierHead,
  BeitForMaskedImageModeling: maskedHead,
};

/** logits = classifier(norm(mean of the patch tokens)), or of the normalized class token. */
function classifierHead<K extends Kinds>({ backend, body, params, state }: HeadParts<K>): TrainHead<K> {
  const { config } = body;
  const { classifier } = params as { classifier: K['linear'] | null };
  const { images } = state.body.image;
  const vectors = () => backend.alloc(images, config.hiddenSize);
  const [raw, pooled, dRaw, dPooled] = [vectors(), vectors(), vectors(), vectors()];
  const [logits, dLogits] = [backend.alloc(images, config.numLabels), backend.alloc(images, config.numLabels)];
  const norm = (body.poolerNorm ?? body.norm)!;
  const patches = state.body.tokens - state.body.prefixTokens;
  const classToken = (t: K['tensor'], b: number) => backend.rows(t, b * state.body.tokens, b * state.body.tokens + 1);
  return {
    logits,
    dLogits,
    features: pooled,
    pool(ops) {
      const x = state.hiddenStates.at(-1)!;
      for (let b = 0; b < images; b++) {
        const row = ops.rows(raw, b, b + 1);
        if (config.useMeanPooling) ops.meanRows(row, patchTokens(ops, x, state.body, b));
        else ops.copy(row, classToken(x, b));
      }
      ops.layerNorm(pooled, raw, norm);
    },
    classify(ops) {
      ops.linear(logits, pooled, classifier!);
    },
    classifyBackward(ops, through) {
      ops.linearBackward(through ? dPooled : null, dLogits, pooled, classifier!);
    },
    poolBackward(ops, through) {
      ops.layerNormBackward(dRaw, dPooled, raw, norm);
      if (!through) return;
      ops.clear(state.gradient);
      for (let b = 0; b < images; b++) {
        const row = ops.rows(dRaw, b, b + 1);
        if (config.useMeanPooling)
          ops.spreadRows(patchTokens(ops, state.gradient, state.body, b), row, 1 / patches, patches);
        else ops.copy(classToken(state.gradient, b), row);
      }
    },
  };
}

/** logits = lm_head(norm(final norm of every patch token)). */
function maskedHead<K extends Kinds>({ backend, body, params, state }: HeadParts<K>): TrainHead<K> {
  const { config } = body;
  const { norm, lmHead } = params as { norm: K['norm']; lmHead: K['linear'] };
  const { image, tokens, prefixTokens } = state.body;
  const [rows, patches] = [image.images * tokens, tokens - prefixTokens];
  const [normed, y, dy, dNormed] = [0, 1, 2, 3].map(() => backend.alloc(rows, config.hiddenSize));
  const logits = backend.alloc(image.images * patches, config.vocabSize);
  const dLogits = backend.alloc(image.images * patches, config.vocabSize);
  const ofImage = (t: K['tensor'], b: number) => backend.rows(t, b * patches, (b + 1) * patches);
  const last = () => state.hiddenStates.at(-1)!;
  const input = () => (body.norm ? normed : last());
  return {
    logits,
    dLogits,
    features: null,
    pool(ops) {
      if (body.norm) ops.layerNorm(normed, last(), body.norm);
      ops.layerNorm(y, input(), norm);
    },
    classify(ops) {
      for (let b = 0; b < image.images; b++) ops.linear(ofImage(logits, b), patchTokens(ops, y, state.body, b), lmHead);
    },
    classifyBackward(ops) {
      ops.clear(dy);
      for (let b = 0; b < image.images; b++) {
        const [d, x] = [patchTokens(ops, dy, state.body, b), patchTokens(ops, y, state.body, b)];
        ops.linearBackward(d, ofImage(dLogits, b), x, lmHead);
      }
    },
    poolBackward(ops) {
      ops.layerNormBackward(body.norm ? dNormed : state.gradient, dy, input(), norm);
      if (body.norm) ops.layerNormBackward(state.gradient, dNormed, last(), body.norm);
    },
  };
}

import type { Backend, Kinds } from '../../backend.ts';
import type { Tensor } from '../../tensor.ts';
import type { BeitConfig } from './config/config.ts';
import type { ForwardOps } from './forward.ts';
import type { BeitParams, BeitParts } from './params/beitParams.ts';
import type { Parameters } from './params/parameters.ts';
import type { BeitState } from './state.ts';

/** A result in the memory of the backend, and the dims its user sees. */
export interface Output<K extends Kinds> {
  readonly tensor: K['tensor'];
  readonly dims: readonly number[];
}

/** What the classes of the family give besides hidden states and attentions; each gives its own part of it. */
export interface HeadOutputs<T> {
  readonly lastHiddenState?: T; // [B, T, dim]
  readonly poolerOutput?: T; // [B, dim]
  readonly logits?: T; // [B, numLabels], [B, N, vocabSize] or [B, numLabels, 4h, 4w]
  readonly auxiliaryLogits?: T; // [B, numLabels, h, w], only where a loss needs it
  readonly predictedDepth?: T; // [B, height, width]
  readonly binLogits?: readonly T[]; // of depths, before `complete` makes them predictedDepth
  readonly domainLogits?: T; // [B, 2] which range of depths is meant
  readonly clsLogits?: T; // [B, numLabels] of the class token
  readonly distillationLogits?: T; // [B, numLabels] of the distillation token
  readonly featureMaps?: readonly T[]; // one a stage
}

/** The reserved parts of one class: its body and its head. */
export interface ModelParts<K extends Kinds, P> {
  readonly body: BeitParams<K>;
  readonly head: P;
}

/** One model class of the family: what it adds to the body. `P` are the head's weights, `S` its buffers; callers cannot see either. */
export interface Architecture<P = unknown, S = unknown> {
  readonly name: string;
  /** Distinguishes architectures of one name; plain data. */
  readonly variant?: unknown;
  /** Parameters that a file may lack, by the beginning of their names: the model does without them. */
  readonly optional?: string | undefined;
  /** Whether the files of the class have the family's prefix before the names of the body; the base model's have none. */
  readonly hasPrefix: boolean;
  /** Where the files of the class differ: the prefix of its body, and config.json around the body's. */
  readonly disk?: (config: BeitConfig) => { readonly prefix: string; readonly json: Readonly<Record<string, unknown>> };
  /** @throws `InvalidConfig` when the config does not fit the class. */
  parts(config: BeitConfig): BeitParts;
  params(p: Parameters<Kinds>, config: BeitConfig): P;
  state(backend: Backend<Kinds>, model: ModelParts<Kinds, P>, body: BeitState<Kinds>): S;
  /** Writes what depends on the size alone; called once a state, when its memory is there. */
  prepare?(backend: Backend<Kinds>, model: ModelParts<Kinds, P>, state: S): void;
  /** Called at every hidden state, which is in `body.x` until the next block changes it. */
  collect?(ops: ForwardOps<Kinds>, index: number, model: ModelParts<Kinds, P>, body: BeitState<Kinds>, state: S): void;
  /** What follows the last block, and what comes out; `withLoss` asks for what only a loss needs as well. */
  finish(
    ops: ForwardOps<Kinds>,
    model: ModelParts<Kinds, P>,
    body: BeitState<Kinds>,
    state: S,
    withLoss: boolean,
  ): HeadOutputs<Output<Kinds>>;
  /** What is computed of all outputs of a batch, in plain numbers; `pause` lets others run and looks at the signal. */
  complete?(config: BeitConfig, outputs: HeadOutputs<Tensor>, pause: () => Promise<void>): Promise<HeadOutputs<Tensor>>;
}

/** What identifies an architecture across a port: its functions cannot be sent. */
export type ArchitectureKey = Pick<Architecture, 'name' | 'variant'>;

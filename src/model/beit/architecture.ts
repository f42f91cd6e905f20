import type { Backend, Kinds } from '../../backend.ts';
import type { BeitConfig } from './config/config.ts';
import type { ForwardOps } from './forward.ts';
import type { BeitParams, BeitParts } from './params/beitParams.ts';
import type { Parameters } from './params/parameters.ts';
import type { BeitState } from './state.ts';

/** A result still on the machine: the tensor and the dims its user sees. */
export interface Output<K extends Kinds> {
  readonly tensor: K['tensor'];
  readonly dims: readonly number[];
}

/** The reserved parts of one class: its body and its head. */
export interface ModelParts<K extends Kinds, P> {
  readonly body: BeitParams<K>;
  readonly head: P;
}

/**
 * One model class of the family: what it adds to the body. `P` are the head's weights, `S` its buffers; both are
 * opaque to whoever drives it.
 */
export interface Architecture<P = unknown, S = unknown> {
  readonly name: string;
  /** Distinguishes architectures of one name; plain data. */
  readonly variant?: unknown;
  /** Whether the files of the class have the family's prefix before the names of the body; the base model's have none. */
  readonly hasPrefix: boolean;
  /** @throws `InvalidConfig` when the config does not fit the class. */
  parts(config: BeitConfig): BeitParts;
  params(p: Parameters<Kinds>, config: BeitConfig): P;
  state(backend: Backend<Kinds>, model: ModelParts<Kinds, P>, body: BeitState<Kinds>): S;
  /** Called at every hidden state that stands in `body.x`, before the next block changes it. */
  collect?(ops: ForwardOps<Kinds>, index: number, model: ModelParts<Kinds, P>, body: BeitState<Kinds>, state: S): void;
  /** What follows the last block, and what comes out; `withLoss` asks for what only a loss needs as well. */
  finish(
    ops: ForwardOps<Kinds>,
    model: ModelParts<Kinds, P>,
    body: BeitState<Kinds>,
    state: S,
    withLoss: boolean,
  ): Readonly<Record<string, Output<Kinds>>>;
}

/** What identifies an architecture across a port: its functions cannot be sent. */
export type ArchitectureKey = Pick<Architecture, 'name' | 'variant'>;

import type { Backend, Kinds } from '../../../backend.ts';
import type { BeitConfig } from '../../../model/beit/config/config.ts';
import type { BeitParams } from '../../../model/beit/params/beitParams.ts';
import type { GradOps } from '../../gradOps.ts';
import type { TrainState } from '../trainState.ts';
import type { MapContext, Statistics } from './segmentation/mapContext.ts';

/** Something that a class computes, and the place for its gradient. */
export interface TrainOutput<K extends Kinds> {
  readonly value: K['tensor'];
  readonly gradient: K['tensor'];
  readonly dims: readonly number[];
}

/** What follows the blocks, and its way back. */
export interface TrainHead<K extends Kinds> {
  /** What losses read, by the names of `ModelOutput`; their gradients are written before the way back. */
  readonly outputs: Readonly<Record<string, TrainOutput<K>>>;
  /** [B, features]: what the classifier reads; null where the head is more than a classifier. */
  readonly features: K['tensor'] | null;
  /** From the hidden states to what `classify` reads. */
  pool(ops: GradOps<K>, statistics: Statistics): void;
  /** From there to the outputs. */
  classify(ops: GradOps<K>): void;
  /** The way back of `classify`; `through` is false when nothing below it is trained. */
  classifyBackward(ops: GradOps<K>, through: boolean): void;
  /** The way back of `pool`, to `state.gradient`: that of the last hidden state. */
  poolBackward(ops: GradOps<K>): void;
  /** Adds to `state.gradient` what the head knows of hidden state `index`, which is not the last. */
  addHidden?(ops: GradOps<K>, index: number): void;
}

/** What a head is made from. */
export interface HeadParts<K extends Kinds> {
  readonly backend: Backend<K>;
  readonly body: BeitParams<K>;
  /** The weights of the head, as its architecture reserved them. */
  readonly params: unknown;
  readonly state: TrainState<K>;
  readonly context: MapContext<K>;
}

/** A class in training. */
export interface TrainedClass {
  /** Blocks whose output something reads; those above have no gradient. Default: all. */
  usedBlocks?(config: BeitConfig): number;
  /** Whether a parameter has a gradient; default: all but the mask token. */
  hasUse?(name: string, config: BeitConfig): boolean;
  head<K extends Kinds>(parts: HeadParts<K>): TrainHead<K>;
}

import type { SkippedPicture } from '../data/pictureStore.ts';

/** A part of a step, whose pictures are in memory together. */
export interface MicroBatch {
  /** Number of the step, from 1 on. */
  readonly step: number;
  /** Number of the micro-batch within the step. */
  readonly index: number;
  /** Of its gradient: 1/n in a step of n micro-batches. */
  readonly scale: number;
}

/** How well a model does on held-out examples. */
export interface Score {
  readonly loss: number;
  readonly accuracy: number;
}

/** What a {@link TrainingRun} trains on: examples by number, the gradients of some of them, a score on others. */
export interface TrainTask<P, V extends Score> {
  /** Examples that are trained on; known once `start` is done. */
  readonly count: number;
  /** Pictures that could not be read so far. */
  readonly skipped: readonly SkippedPicture[];
  /** Called once, before the first epoch. */
  start(): Promise<void>;
  /** The numbers of the examples in the order in which an epoch takes them. */
  order(epoch: number): readonly number[];
  /** Reads examples, ahead of their step and beside others; null when none of them can be read. */
  prepare(examples: readonly number[], at: MicroBatch): Promise<P | null>;
  /** Adds their gradients to those of the session; gives their mean loss. */
  addGradients(prepared: P, at: MicroBatch): Promise<number>;
  /** On the held-out examples; null where there are none. */
  evaluate(): Promise<V | null>;
}

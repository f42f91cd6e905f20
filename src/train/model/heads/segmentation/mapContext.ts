import type { Backend, Kinds } from '../../../../backend.ts';

/** Whether batch norms take the statistics of the batch, as in transformers' train mode, or the running ones. */
export type Statistics = 'batch' | 'running';

/** A batch norm as a head finds it. */
export interface BatchNormParams<K extends Kinds> {
  readonly norm: K['norm'];
  readonly channels: number;
  readonly eps: number;
  /** Running statistics. */
  readonly mean: Float32Array;
  readonly variance: Float32Array;
  /** Statistics of batches, which the running ones are due to follow. */
  readonly pending: { readonly mean: Float32Array; readonly variance: Float32Array }[];
}

/** What layers on maps are made with. */
export interface MapContext<K extends Kinds> {
  readonly backend: Backend<K>;
  readonly dim: number;
  /** The batch norm behind a layer. */
  normOf(w: unknown): BatchNormParams<K>;
  /** The layer of which the phases of a transposed convolution are rows. */
  stackOf(phases: readonly unknown[]): K['linear'];
}

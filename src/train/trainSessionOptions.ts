import type { DropRates } from './model/randomness.ts';

/** What a training session is made for. */
export interface TrainSessionOptions {
  /** Default `'auto'`: as many as the machine has cores, at most 8. Results do not depend on it. */
  readonly threads?: 'auto' | number | undefined;
  /** Images in a micro-batch at most. */
  readonly images: number;
  /** Of the pictures; unit: pixels. Default: the native size of the config. */
  readonly height?: number | undefined;
  /** As `height`. Default: the native size of the config. */
  readonly width?: number | undefined;
  /** Keeps only the inputs of the blocks and computes their insides again: less memory, a third more time. Default false. */
  readonly gradientCheckpointing?: boolean | undefined;
  /** Batch norms of a segmentation take their running statistics, not those of the batch. Default false, as in train mode. */
  readonly frozenBatchNorm?: boolean | undefined;
  /** What layers are kept as that are not trained, under adapters for example; default `f32`. */
  readonly frozenDtype?: 'f32' | 'f16' | undefined;
  /** Which parameters are trained, by canonical name. Default: all. */
  readonly isTrained?: ((name: string) => boolean) | undefined;
  /** Whether gradients go back to the pixels; {@link TrainSession.pixelGradients} gives them. Default false. */
  readonly pixels?: boolean | undefined;
}

/** A micro-batch. */
export interface TrainBatch {
  /** [B, channels, height, width] */
  readonly pixels: Float32Array;
  readonly images: number;
  /** [B·N], 1 where the mask token is. */
  readonly mask?: Float32Array | undefined;
}

/** What a step draws: rates, seed and number of the step. */
export interface StepRandom {
  readonly rates: DropRates;
  readonly seed: number;
  readonly step: number;
}

/** How gradients are added. */
export interface PassOptions {
  /** Multiplied into the gradient: 1/n for n micro-batches a step. Default 1. */
  readonly scale?: number | undefined;
  /** Default: nothing is dropped. */
  readonly random?: StepRandom | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a class computes, by the names of `ModelOutput`. */
export type OutputValues = Readonly<Record<string, Float32Array>>;

/** A loss, and its gradient with respect to the outputs; an output without one has no part in the loss. */
export interface OutputLoss {
  readonly loss: number;
  readonly gradients: Readonly<Partial<Record<string, Float32Array>>>;
}

/** Bytes of linear memory that training takes. */
export interface TrainMemory {
  readonly weights: number;
  /** Gradients, and what the optimizer keeps. */
  readonly training: number;
  readonly buffers: number;
  readonly total: number;
}

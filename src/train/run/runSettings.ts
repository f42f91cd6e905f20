import type { CreateFile } from '../../loading/createFile.ts';
import type { ModelSource } from '../../loading/source.ts';
import type { SkippedPicture } from '../data/pictureStore.ts';
import type { ScheduleOptions } from '../optimizer/schedule.ts';
import type { Score } from './trainTask.ts';

/** Why a run ended before its last epoch. */
export interface Divergence {
  readonly step: number;
  readonly loss: number;
}

/** What is known after an epoch. */
export interface Epoch<V> {
  readonly epoch: number;
  readonly step: number;
  readonly loss: number;
  readonly learningRate: number;
  readonly validation: V | null;
}

type Progress<V> =
  | { readonly status: 'step'; readonly step: number; readonly totalSteps: number; readonly loss: number }
  | ({ readonly status: 'epoch' } & Epoch<V>);

/** How a run goes through its examples. */
export interface RunSettings<V extends Score> {
  readonly epochs: number;
  readonly batchSize: number;
  readonly accumulationSteps: number;
  readonly learningRate: number;
  readonly warmUp: number;
  readonly decay?: ScheduleOptions['decay'];
  /** Whether moving averages of the weights are evaluated and kept. */
  readonly averages: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onTraining?: ((progress: Progress<V>) => void) | undefined;
  readonly checkpointTo?: string | CreateFile | undefined;
  readonly checkpointEvery?: number | undefined;
  readonly resumeFrom?: ModelSource | undefined;
  /** What a resumed run must have in common with the one before it. */
  readonly identity: string;
}

/** How a run ended. */
export interface RunResult<V extends Score> {
  readonly history: readonly Epoch<V>[];
  /** Whose weights these are, from 1; null when no epoch was finished. */
  readonly bestEpoch: number | null;
  readonly skipped: readonly SkippedPicture[];
  /** The step whose loss or gradient was not finite; null for a run that came to its end. */
  readonly diverged: Divergence | null;
}

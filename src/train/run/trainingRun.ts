import { platform } from '#platform';
import { check, throwIfAborted } from '../../errors.ts';
import type { ModelSource } from '../../loading/source.ts';
import type { Optimizer } from '../optimizer/optimizer.ts';
import { learningRateFactor } from '../optimizer/schedule.ts';
import { readTrainingCheckpoint, writeTrainingCheckpoint } from '../trainingCheckpoint.ts';
import type { TrainSession } from '../trainSession.ts';
import { below, KeptWeights } from './keptWeights.ts';
import { prefetched } from './prefetched.ts';
import type { Divergence, Epoch, RunResult, RunSettings } from './runSettings.ts';
import type { MicroBatch, Score, TrainTask } from './trainTask.ts';

/** Steps whose pictures are read before the step that needs them. */
const AHEAD = 2;

/** A step with its micro-batches; null for one of which no picture can be read. */
interface PreparedStep<P> {
  readonly step: number;
  readonly batches: readonly { readonly at: MicroBatch; readonly prepared: P | null }[];
}

/** A run from its first step, or a checkpoint, to its end. */
export class TrainingRun<P, V extends Score> {
  readonly #session: TrainSession;
  readonly #optimizer: Optimizer;
  readonly #task: TrainTask<P, V>;
  readonly #settings: RunSettings<V>;
  readonly #weights: KeptWeights;
  #epoch = 0;
  #stepInEpoch = 0;
  #lossSum = 0;
  #history: Epoch<V>[] = [];
  #checkpoints = 0;

  constructor(session: TrainSession, optimizer: Optimizer, task: TrainTask<P, V>, settings: RunSettings<V>) {
    this.#session = session;
    this.#optimizer = optimizer;
    this.#task = task;
    this.#settings = settings;
    this.#weights = new KeptWeights(session);
  }

  async train(): Promise<RunResult<V>> {
    if (this.#settings.resumeFrom !== undefined) await this.#resume(this.#settings.resumeFrom);
    await this.#task.start();
    let diverged: Divergence | null = null;
    while (this.#epoch < this.#settings.epochs && !diverged) diverged = await this.#trainEpoch();
    this.#weights.restoreResult(diverged !== null);
    return { history: this.#history, bestEpoch: this.#weights.bestEpoch, skipped: this.#task.skipped, diverged };
  }

  /** Steps in an epoch, and in the run. */
  get #steps(): { readonly ofEpoch: number; readonly total: number } {
    const { batchSize, accumulationSteps, epochs } = this.#settings;
    const ofEpoch = Math.ceil(this.#task.count / (batchSize * accumulationSteps));
    return { ofEpoch, total: ofEpoch * epochs };
  }

  async #trainEpoch(): Promise<Divergence | null> {
    const { signal, onTraining, checkpointEvery: every } = this.#settings;
    const { ofEpoch, total } = this.#steps;
    for await (const prepared of prefetched(this.#plannedSteps(), (planned) => this.#prepare(planned), AHEAD)) {
      throwIfAborted(signal);
      const { step } = prepared;
      const loss = await this.#step(prepared);
      if (loss !== null && !Number.isFinite(loss)) return { step, loss };
      this.#weights.stepWasFinite();
      this.#lossSum += loss ?? 0;
      this.#stepInEpoch++;
      onTraining?.({ status: 'step', step, totalSteps: total, loss: loss ?? Number.NaN });
      if (every && step % every === 0 && this.#stepInEpoch < ofEpoch) await this.#checkpoint();
      if (platform.canYieldDuringPass) await platform.yieldToEventLoop();
    }
    await this.#endEpoch();
    return null;
  }

  /** The steps that are left of the epoch: numbers of examples, micro-batch by micro-batch. */
  *#plannedSteps(): Generator<{ readonly step: number; readonly batches: number[][] }, void> {
    const { batchSize, accumulationSteps } = this.#settings;
    const { ofEpoch } = this.#steps;
    const order = this.#task.order(this.#epoch);
    const perStep = batchSize * accumulationSteps;
    for (let i = this.#stepInEpoch; i < ofEpoch; i++) {
      const examples = order.slice(i * perStep, (i + 1) * perStep);
      yield { step: this.#epoch * ofEpoch + i + 1, batches: chunks(examples, batchSize) };
    }
  }

  async #prepare(planned: { readonly step: number; readonly batches: number[][] }): Promise<PreparedStep<P>> {
    const { step, batches } = planned;
    const parts = [];
    for (const [index, examples] of batches.entries()) {
      const at = { step, index, scale: 1 / batches.length };
      parts.push({ at, prepared: await this.#task.prepare(examples, at) });
    }
    return { step, batches: parts };
  }

  /** One step of the optimizer; the loss, or null when no picture of it could be read. */
  async #step({ step, batches }: PreparedStep<P>): Promise<number | null> {
    this.#session.trained.clear();
    let [loss, read] = [0, 0];
    for (const { at, prepared } of batches) {
      if (prepared === null) continue;
      const part = await this.#task.addGradients(prepared, at);
      if (!Number.isFinite(part)) return part;
      loss += part;
      read++;
    }
    if (read === 0) return null;
    this.#session.trained.finish();
    if (!Number.isFinite(this.#optimizer.clip())) return Number.NaN;
    this.#optimizer.step(this.#learningRate(step));
    this.#session.weightsChanged();
    return loss / read;
  }

  #learningRate(step: number): number {
    const { decay, warmUp, learningRate } = this.#settings;
    const { total: totalSteps } = this.#steps;
    return (
      learningRate * learningRateFactor(step - 1, { decay, warmUpSteps: Math.floor(warmUp * totalSteps), totalSteps })
    );
  }

  async #endEpoch(): Promise<void> {
    const { step, ofEpoch } = { step: this.#optimizer.steps, ...this.#steps };
    const { skipped } = this.#task;
    check(step > 0 || skipped.length === 0, 'InvalidArgument', () => {
      return `Cannot train: no picture can be read; the first: ${skipped[0].error.message}`;
    });
    this.#swapAverages();
    const validation = await this.#task.evaluate();
    const loss = this.#lossSum / ofEpoch;
    const learningRate = this.#learningRate((this.#epoch + 1) * ofEpoch + 1);
    const metrics = { epoch: this.#epoch + 1, step, loss, learningRate, validation };
    this.#history.push(metrics);
    this.#weights.keep(metrics.epoch, validation, loss);
    this.#swapAverages();
    this.#epoch++;
    this.#stepInEpoch = 0;
    this.#lossSum = 0;
    this.#settings.onTraining?.({ status: 'epoch', ...metrics });
    await this.#checkpoint();
  }

  #swapAverages(): void {
    if (!this.#settings.averages) return;
    this.#optimizer.swapAverages();
    this.#session.weightsChanged();
  }

  async #checkpoint(): Promise<void> {
    const { checkpointTo, identity } = this.#settings;
    if (checkpointTo === undefined) return;
    const { best, tensors } = this.#weights.state();
    const { steps: step, tensors: state } = this.#optimizer.state();
    for (const [name, data] of state) tensors.set(`state.${name}`, data);
    const position = { epoch: this.#epoch, stepInEpoch: this.#stepInEpoch, lossSum: this.#lossSum };
    const turn = this.#checkpoints++;
    const progress = { step, turn, identity, best, history: this.#history, ...position };
    await writeTrainingCheckpoint(checkpointTo, turn, { progress, tensors });
  }

  async #resume(source: ModelSource): Promise<void> {
    const { progress, tensors } = await readTrainingCheckpoint(source);
    const { identity } = this.#settings;
    check(progress.identity === identity, 'InvalidArgument', () => {
      return `Cannot resume: expected the options and data of the checkpoint, ${progress.identity}, got ${identity}`;
    });
    this.#epoch = progress.epoch as number;
    this.#stepInEpoch = progress.stepInEpoch as number;
    this.#lossSum = progress.lossSum as number;
    this.#history = progress.history as Epoch<V>[];
    this.#checkpoints = (progress.turn as number) + 1;
    this.#weights.resume(progress.best as never, tensors, this.#stepInEpoch === 0);
    this.#optimizer.restore(progress.step as number, below(tensors, 'state.'));
  }
}

/** Lists of at most `size` items. */
export function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}

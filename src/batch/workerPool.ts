import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { startModelWorker } from '#modelWorker';
import { BeitError, check, throwIfAborted } from '../errors.ts';
import { encodePng } from '../image/png/encodePng.ts';
import type { ModelSource } from '../loading/source.ts';
import type { Sample, Shard } from './sample.ts';
import type { Row } from './shardResults.ts';
import { type BatchResult, type BatchTask, openTask, type TaskOptions, type TaskRunner } from './task.ts';

/** How far a shard is. */
export interface ShardProgress {
  readonly shard: string;
  readonly done: number;
  readonly failed: number;
}

export interface PoolOptions extends TaskOptions {
  readonly task: BatchTask;
  readonly model: ModelSource;
  readonly workers?: number | undefined;
  readonly onPicture?: ((progress: ShardProgress) => void) | undefined;
}

/** Pictures that are read or computed at a time, for each worker: the next is decoded while one is computed. */
const AHEAD = 2;

/** Copies of one model, each in a worker, that take pictures as they come. */
export class WorkerPool {
  readonly fingerprint: string;
  /** Every model, and how many pictures it has in hand. */
  readonly #runners: readonly { readonly runner: TaskRunner; pending: number }[];

  private constructor(runners: readonly TaskRunner[], fingerprint: string) {
    this.#runners = runners.map((runner) => ({ runner, pending: 0 }));
    this.fingerprint = fingerprint;
  }

  /** Loads `workers` copies; default: one for each core. */
  static async open({ task, model, workers = availableParallelism(), ...given }: PoolOptions): Promise<WorkerPool> {
    check(Number.isInteger(workers) && workers > 0, 'InvalidArgument', () => {
      return `Invalid workers: expected a positive integer, got ${workers}`;
    });
    const worker = startModelWorker !== null;
    const { dtype, wideVectors, revision, cacheDir, localFilesOnly, token, signal, onProgress, topK } = given;
    const hub = { revision, cacheDir, localFilesOnly, token, signal, onProgress };
    const options: TaskOptions = { ...hub, dtype, wideVectors, topK, threads: 1, worker };
    const first = await openTask(task, model, options);
    const rest = await Promise.all(Array.from({ length: workers - 1 }, () => openTask(task, model, options)));
    return new WorkerPool([first, ...rest], await fingerprintOf(first));
  }

  /** The rows of a shard, in its order. */
  async rowsOf(shard: Shard, { signal, onPicture }: PoolOptions): Promise<Row[]> {
    const rows: Row[] = [];
    let failed = 0;
    for await (const row of this.stream(shard.samples(), signal)) {
      rows.push(row);
      if (row.error) failed++;
      onPicture?.({ shard: shard.name, done: rows.length, failed });
    }
    return rows;
  }

  /** The rows of pictures as they come, in their order; a bounded number is read ahead. */
  async *stream(samples: AsyncIterable<Sample>, signal?: AbortSignal): AsyncGenerator<Row> {
    const ahead: Promise<Row>[] = [];
    try {
      for await (const sample of samples) {
        throwIfAborted(signal);
        const row = this.#row(sample);
        row.catch(() => {}); // thrown where it is awaited
        ahead.push(row);
        if (ahead.length >= AHEAD * this.#runners.length) yield await ahead.shift()!;
      }
      while (ahead.length > 0) yield await ahead.shift()!;
    } finally {
      await Promise.allSettled(ahead);
    }
  }

  async #row({ key, read }: Sample): Promise<Row> {
    let hash: string | null = null;
    try {
      const bytes = await read();
      hash = createHash('sha256').update(bytes).digest('hex');
      return { key, result: await this.#run(bytes), error: null, hash };
    } catch (error) {
      // the model itself failed: no picture is to blame
      if (!(error instanceof BeitError) || FATAL.has(error.code)) throw error;
      return { key, result: null, error, hash };
    }
  }

  async #run(bytes: Uint8Array): Promise<BatchResult> {
    const least = this.#runners.reduce((a, b) => (b.pending < a.pending ? b : a));
    least.pending++;
    try {
      return await least.runner.run(bytes);
    } finally {
      least.pending--;
    }
  }

  dispose(): void {
    for (const { runner } of this.#runners) runner.dispose();
  }
}

const FATAL = new Set(['WorkerFailed', 'OutOfMemory', 'Disposed', 'Aborted', 'FileSystem']);

/** A gray ramp: what a model makes of it changes with its weights, its dtype and its processor. */
async function fingerprintOf(runner: TaskRunner): Promise<string> {
  const data = Uint8Array.from({ length: 48 * 48 }, (_, i) => (i * 7) % 256);
  const result = await runner.run(encodePng({ data, width: 48, height: 48, channels: 1 }));
  const bytes = result instanceof Float32Array ? new Uint8Array(result.buffer) : JSON.stringify(result);
  return createHash('sha256').update(bytes).digest('hex');
}

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { check, throwIfAborted } from '../errors.ts';
import type { ModelSource } from '../loading/source.ts';
import { openShards } from './openShards.ts';
import type { Shard } from './sample.ts';
import { type Row, resultFiles } from './shardResults.ts';
import type { BatchTask, TaskOptions } from './task.ts';
import { type PoolOptions, type ShardProgress, WorkerPool } from './workerPool.ts';
import { writeWhole } from './writeFile.ts';

/** How far a batch is. */
export interface BatchProgress extends ShardProgress {
  /** Pictures of this process that are done, with those of shards that were done before. */
  readonly overall: number;
  /** Pictures that this process has to do; null while that cannot be told. What tar files hold is judged by those before. */
  readonly total: number | null;
}

/** A batch: what is computed of which pictures, and where the results go. */
export interface BatchOptions extends TaskOptions {
  /** A folder, a glob, `@list.txt`, a .tar or a .parquet file. */
  readonly input: string;
  readonly output: string;
  readonly task: BatchTask;
  readonly model: ModelSource;
  /** This process does the shards whose index leaves `index` when divided by `count`. Default: all. */
  readonly part?: { readonly index: number; readonly count: number } | undefined;
  /** Pictures of a shard that is made of single files. Default 10,000. */
  readonly shardSize?: number | undefined;
  /** How embeddings are stored. Default `f16`, as clip-retrieval does. */
  readonly format?: 'f32' | 'f16' | undefined;
  /** Models that compute side by side, each in a worker of its own. Default: one for each core. */
  readonly workers?: number | undefined;
  readonly onPicture?: ((progress: BatchProgress) => void) | undefined;
}

/** What a batch did. */
export interface BatchReport {
  readonly shards: number;
  /** Shards whose results were there already. */
  readonly skipped: number;
  readonly pictures: number;
  readonly failures: number;
}

/**
 * Computes every picture of the input and writes the results shard by shard. A shard is done when its file in `stats/` is
 * there, which is written last; a second run skips it when input, model and options are the same. The engine is
 * deterministic, so a shard that is computed again gives the same bytes.
 *
 * @throws `FileNotFound`, `FileSystem`, `Aborted`, and what loading the model throws; a picture that fails is a row
 */
export async function runBatch(options: BatchOptions): Promise<BatchReport> {
  const { input, shardSize = 10_000, part = { index: 0, count: 1 } } = options;
  const validPart = Number.isInteger(part.index) && part.index >= 0 && part.index < part.count;
  check(validPart, 'InvalidArgument', () => `Invalid part: expected 0 to ${part.count - 1}, got ${part.index}`);
  const shards = (await openShards(input, shardSize)).filter(({ index }) => index % part.count === part.index);
  const pool = await WorkerPool.open({ ...options, onPicture: undefined });
  const report = { shards: shards.length, skipped: 0, pictures: 0, failures: 0 };
  const course = new Course(shards);
  try {
    for (const shard of shards) {
      throwIfAborted(options.signal);
      const onPicture = (progress: ShardProgress) => options.onPicture?.({ ...progress, ...course.at(progress.done) });
      const { stats, skipped } = await runShard(shard, pool, { ...options, onPicture });
      course.finished(stats.count);
      if (skipped) report.skipped++;
      else {
        report.pictures += stats.count;
        report.failures += stats.failures;
      }
    }
  } finally {
    pool.dispose();
  }
  return report;
}

/** Counts the pictures of all shards, also of those that tell only at their end. */
class Course {
  readonly #counts: (number | null)[];
  #shards = 0;
  #pictures = 0;

  constructor(shards: readonly Shard[]) {
    this.#counts = shards.map(({ count }) => count);
  }

  finished(count: number): void {
    this.#counts[this.#shards++] = count;
    this.#pictures += count;
  }

  at(done: number): Pick<BatchProgress, 'overall' | 'total'> {
    const known = this.#counts.filter((count) => count !== null);
    const sum = known.reduce((a, b) => a + b, 0);
    const open = this.#counts.length - known.length;
    const total = open === 0 ? sum : this.#shards === 0 ? null : sum + Math.round((open * sum) / known.length);
    const overall = this.#pictures + done;
    return { overall, total: total === null ? null : Math.max(total, overall) };
  }
}

/** What `stats/P.json` holds; it is the proof that a shard is done. */
interface Stats {
  readonly shard: string;
  readonly task: BatchTask;
  readonly format: string;
  /** As it was asked for; null for that of the checkpoint. */
  readonly dtype: string | null;
  /** SHA-256 of what the model makes of a fixed picture: of weights, dtype, processor and engine together. */
  readonly model: string;
  /** SHA-256 of names, sizes and times of the input, by which a second run knows it again. */
  readonly input: string;
  /** SHA-256 of the pictures' own SHA-256, in their order. */
  readonly pictures: string;
  readonly count: number;
  readonly failures: number;
  readonly failedByCode: Readonly<Record<string, number>>;
  /** SHA-256 of every result file. */
  readonly files: Readonly<Record<string, string>>;
}

async function runShard(
  shard: Shard,
  pool: WorkerPool,
  options: Omit<BatchOptions, 'onPicture'> & PoolOptions,
): Promise<{ stats: Stats; skipped: boolean }> {
  const { output, task, format = 'f16', dtype = null } = options;
  const statsPath = join(output, 'stats', `${shard.name}.json`);
  const proof = { shard: shard.name, task, format, dtype, model: pool.fingerprint, input: shard.fingerprint };
  const before = await statsOf(statsPath, proof);
  if (before) return { stats: before, skipped: true };
  const rows = await pool.rowsOf(shard, options);
  const files: Record<string, string> = {};
  for (const [name, bytes] of Object.entries(resultFiles(task, shard.name, rows, format))) {
    files[name] = await writeWhole(join(output, name), bytes);
  }
  const failed = rows.flatMap(({ error }) => (error ? [error.code] : []));
  const failedByCode = Object.fromEntries(
    [...new Set(failed)].sort().map((c) => [c, failed.filter((x) => x === c).length]),
  );
  const counts = { count: rows.length, failures: failed.length, failedByCode };
  const stats: Stats = { ...proof, pictures: hashOf(rows), ...counts, files };
  await writeWhole(statsPath, new TextEncoder().encode(`${JSON.stringify(stats, null, 2)}\n`));
  return { stats, skipped: false };
}

function hashOf(rows: readonly Row[]): string {
  const hash = createHash('sha256');
  for (const row of rows) hash.update(`${row.hash}\n`);
  return hash.digest('hex');
}

/** What an earlier run wrote, if it proves that the shard is done. */
async function statsOf(path: string, proof: Readonly<Record<string, string | null>>): Promise<Stats | null> {
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) return null;
  const found = JSON.parse(text) as Stats & Record<string, unknown>;
  return Object.entries(proof).every(([key, value]) => found[key] === value) ? found : null;
}

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { check, throwIfAborted } from '../errors.ts';
import type { ModelSource } from '../loading/source.ts';
import { openShards } from './openShards.ts';
import type { Shard } from './sample.ts';
import { resultFiles } from './shardResults.ts';
import type { BatchTask, TaskOptions } from './task.ts';
import { type BatchProgress, WorkerPool } from './workerPool.ts';
import { writeWhole } from './writeFile.ts';

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
  const pool = await WorkerPool.open(options);
  const report = { shards: shards.length, skipped: 0, pictures: 0, failures: 0 };
  try {
    for (const shard of shards) {
      throwIfAborted(options.signal);
      const done = await runShard(shard, pool, options);
      if (!done) report.skipped++;
      report.pictures += done?.count ?? 0;
      report.failures += done?.failures ?? 0;
    }
  } finally {
    pool.dispose();
  }
  return report;
}

/** What `stats/P.json` holds; it is the proof that a shard is done. */
interface Stats {
  readonly shard: string;
  readonly task: BatchTask;
  readonly format: string;
  /** SHA-256 of what the model makes of a fixed picture: of weights, dtype, processor and engine together. */
  readonly model: string;
  /** Names, sizes and times of the input. */
  readonly input: string;
  readonly count: number;
  readonly failures: number;
  readonly failedByCode: Readonly<Record<string, number>>;
  /** SHA-256 of every result file. */
  readonly files: Readonly<Record<string, string>>;
}

async function runShard(shard: Shard, pool: WorkerPool, options: BatchOptions): Promise<Stats | null> {
  const { output, task, format = 'f16' } = options;
  const statsPath = join(output, 'stats', `${shard.name}.json`);
  const proof = { shard: shard.name, task, format, model: pool.fingerprint, input: shard.fingerprint };
  if (await isDone(statsPath, proof)) return null;
  const rows = await pool.rowsOf(shard, options);
  const files: Record<string, string> = {};
  for (const [name, bytes] of Object.entries(resultFiles(task, shard.name, rows, format))) {
    files[name] = await writeWhole(join(output, name), bytes);
  }
  const failed = rows.flatMap(({ error }) => (error ? [error.code] : []));
  const failedByCode = Object.fromEntries(
    [...new Set(failed)].sort().map((c) => [c, failed.filter((x) => x === c).length]),
  );
  const stats: Stats = { ...proof, count: rows.length, failures: failed.length, failedByCode, files };
  await writeWhole(statsPath, new TextEncoder().encode(`${JSON.stringify(stats, null, 2)}\n`));
  return stats;
}

async function isDone(path: string, proof: Readonly<Record<string, string>>): Promise<boolean> {
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) return false;
  const found = JSON.parse(text) as Record<string, unknown>;
  return Object.entries(proof).every(([key, value]) => found[key] === value);
}

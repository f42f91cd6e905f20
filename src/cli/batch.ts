import { type Command, InvalidArgumentError, Option } from 'commander';
import { runBatch } from '../batch/runBatch.ts';
import { runStream } from '../batch/runStream.ts';
import { BATCH_TASKS, type BatchTask } from '../batch/task.ts';
import { EXIT } from './exit.ts';
import { addModelOptions, loadOptions, type ModelOptions, positiveInteger } from './modelOptions.ts';
import { batchProgress } from './progress.ts';

interface BatchCommand extends ModelOptions {
  readonly task: BatchTask;
  readonly part: { readonly index: number; readonly count: number };
  readonly shardSize: number;
  readonly format: 'f32' | 'f16';
  readonly workers?: number;
  readonly topK: number;
  readonly stdin?: boolean;
}

export function addBatch(program: Command): void {
  const command = program
    .command('batch')
    .description(
      'compute a folder, a list, tar shards or parquet files of pictures; run again to go on where it stopped',
    )
    .argument('[in]', 'a folder, a glob, @list.txt, a .tar or a .parquet file')
    .argument('[out]', 'folder of the results')
    .addOption(new Option('--task <task>', 'what is computed').choices(BATCH_TASKS).default('embed'))
    .option('--part <i/n>', 'do every n-th shard from i; auto/n takes i from the variable of the cluster', part, ALL)
    .option('--shard-size <n>', 'pictures in a shard; a tar file is a shard as it is', positiveInteger, 10_000)
    .addOption(new Option('--format <format>', 'how embeddings are stored').choices(['f16', 'f32']).default('f16'))
    .option('--workers <n>', 'models side by side (default: one for each core)', positiveInteger)
    .option('-k, --top-k <n>', 'guesses of a classifier', positiveInteger, 5)
    .option('--stdin', 'read JSON lines {"id", "image": base64} or {"id", "path"}, write a JSON line for each');
  addModelOptions(command, 'a model for the task').action(batch);
}

const ALL = { index: 0, count: 1 };
/** Where clusters tell a task its place: Kubernetes, Slurm, AWS Batch, Cloud Run. */
const PLACES = ['JOB_COMPLETION_INDEX', 'SLURM_ARRAY_TASK_ID', 'AWS_BATCH_JOB_ARRAY_INDEX', 'CLOUD_RUN_TASK_INDEX'];

function part(text: string): { index: number; count: number } {
  const [place, of] = text.split('/');
  const found = PLACES.find((name) => process.env[name] !== undefined);
  if (place === 'auto' && !found) throw new InvalidArgumentError(`None of ${PLACES.join(', ')} is set.`);
  const index = Number(place === 'auto' ? process.env[found!] : place);
  const count = Number(of);
  const valid = Number.isInteger(index) && Number.isInteger(count) && index >= 0 && index < count;
  if (!valid) throw new InvalidArgumentError('Expected i/n with 0 <= i < n, or auto/n.');
  return { index, count };
}

async function batch(input: string | undefined, output: string | undefined, options: BatchCommand): Promise<void> {
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  process.once('SIGTERM', () => stop.abort());
  const { model, threads: _, ...load } = { ...options, ...loadOptions(options), signal: stop.signal };
  if (options.stdin) {
    await runStream({ ...load, model: options.model }, process.stdin, (line) => process.stdout.write(line));
    return;
  }
  if (!input || !output) throw new InvalidArgumentError('Expected IN and OUT, or --stdin.');
  const startedAt = performance.now();
  const report = await runBatch({ ...load, model: options.model, input, output, onPicture: batchProgress() });
  const seconds = (performance.now() - startedAt) / 1000;
  process.stdout.write(`${JSON.stringify({ ...report, seconds: Number(seconds.toFixed(1)) })}\n`);
  if (report.failures > 0) process.exitCode = EXIT.picture;
}

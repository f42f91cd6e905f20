import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import type { Accuracy } from './accuracy.ts';
import type { ColdStart } from './coldStart.ts';
import type { Score } from './contest/contest.ts';
import type { Download } from './downloads.ts';
import { v8Flags } from './engines.ts';
import type { KernelTime } from './micro/kernels.ts';
import type { LinearRate } from './micro/linear.ts';
import type { PictureTime } from './pictures/benchPictures.ts';
import { type Processor, thisProcessor } from './processor.ts';
import type { ScalingPoint } from './scaling.ts';
import type { TrainingTimes } from './training.ts';

/** Where and what was measured. */
export interface Origin {
  /** As the operating system calls it. */
  readonly cpu: string;
  /** Absent in results that are older than this field. */
  readonly processor?: Processor;
  /** What the contest of models was timed by. Default: time. */
  readonly clock?: 'time' | 'processor time';
  readonly cores: number;
  readonly gigabytes: number;
  readonly node: string;
  /** Flags of V8 that imitate another processor. */
  readonly v8?: readonly string[];
  readonly commit: string;
  readonly date: string;
}

/** Everything one run of the bench found; a section that was not asked for is absent. */
export interface BenchResults {
  readonly origin: Origin;
  models?: readonly Score[];
  downloads?: readonly Download[];
  matrices?: readonly Score[];
  training?: TrainingTimes;
  linear?: { readonly limit: number; readonly rates: readonly LinearRate[] };
  kernels?: readonly KernelTime[];
  scaling?: readonly ScalingPoint[];
  accuracy?: readonly Accuracy[];
  pictures?: readonly PictureTime[];
  start?: readonly ColdStart[];
}

export async function originOfThisRun({ cpu }: { readonly cpu: boolean }): Promise<Origin> {
  return {
    cpu: cpus()[0].model.trim(),
    processor: await thisProcessor(),
    clock: cpu ? 'processor time' : 'time',
    cores: cpus().length,
    gigabytes: Math.round(totalmem() / 2 ** 30),
    node: process.versions.node,
    ...(v8Flags.length ? { v8: v8Flags } : {}),
    commit: git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain', 'src', 'core-as') ? ', changed' : ''),
    date: new Date().toISOString().slice(0, 10),
  };
}

/** The processor as a name of files, so that bench/results keeps one of each. */
export function fileName({ origin: { processor, cpu, v8 = [] } }: BenchResults): string {
  return [processor?.name ?? cpu, ...v8]
    .join(' ')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-');
}

/** What an earlier run has kept. */
export function readResults(file: string): BenchResults {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** All numbers; the thousand logits of each engine were compared and are left out. */
export function resultsJson(results: BenchResults): string {
  return `${JSON.stringify(results, (name, value) => (name === 'answer' ? undefined : value), 1)}\n`;
}

function git(...args: string[]): string {
  try {
    return execFileSync('git', args, { stdio: ['ignore', 'pipe', 'ignore'] })
      .toString()
      .trim();
  } catch {
    return '';
  }
}

// The engines a bench can run in: those of bench/lab/runtimes.mjs, or the Node at hand.
import { realpathSync } from 'node:fs';
import { RUNTIMES } from './lab/runtimes.mjs';

/** The Node with relaxed SIMD that contestants run in, and the oldest one supported; absolute paths. */
export const newestNode: string = realpathSync(RUNTIMES['Node 24']?.[0] ?? process.execPath);
export const oldestNode: string = realpathSync(RUNTIMES['Node 20']?.[0] ?? process.execPath);

/** V8's flags of this run, which every process of a contest is given: `--v8`. */
export const v8Flags: readonly string[] = process.execArgv;

/** Whether this process runs in `newestNode`. */
export const inNewestNode: boolean = realpathSync(process.execPath) === newestNode;

/** Whether `newestNode` has vectors of 256 bits (`wideVectors`): Node 24 on x64. */
export const hasWideVectors: boolean =
  process.arch === 'x64' && (!inNewestNode || process.versions.node.startsWith('24.'));

/** Whether `newestNode` has relaxed SIMD: Node 22 brought it. */
export const hasRelaxed: boolean = !inNewestNode || Number(process.versions.node.split('.')[0]) >= 22;

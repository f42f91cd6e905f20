// The engines a bench can run in: those that bench/lab/runtimes.mjs installed, or the Node at hand.
import { RUNTIMES } from './lab/runtimes.mjs';

/** The Node with relaxed SIMD that contestants run in, and the oldest one supported. */
export const newestNode: string = RUNTIMES['Node 24']?.[0] ?? process.execPath;
export const oldestNode: string = RUNTIMES['Node 20']?.[0] ?? process.execPath;

/** Whether `newestNode` has relaxed SIMD: Node 22 brought it. */
export const hasRelaxed: boolean = newestNode !== process.execPath || Number(process.versions.node.split('.')[0]) >= 22;

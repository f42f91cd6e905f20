// What every contestant's process does: load, answer once, then run whenever a line comes in on standard input.
import { createInterface } from 'node:readline';
import { clock } from '../contest/clock.ts';

/** What the runner tells a contestant of a model. */
export interface ModelJob {
  readonly folder: string;
  readonly onnx: string;
  /** Raw f32 [images, 3, size, size]. */
  readonly pixels: string;
  readonly images: number;
  readonly size: number;
  readonly threads: number;
  readonly dtype: string;
  readonly simd: 'auto' | 'strict' | 'relaxed';
  readonly arithmetic: 'strict' | 'fused';
  readonly wideVectors?: boolean | undefined;
}

/** What is said once the first answer is there. */
export interface Ready {
  /** Reading and preparing the model, without the start of the process. */
  readonly loadMs: number;
  /** Processor time of the main thread in it, where the runtime tells. */
  readonly mainMs?: number | undefined;
  /** All logits of the first pass, one after the other. */
  readonly answer: readonly number[];
  /** What the engine has to say of itself. */
  readonly note: string;
}

export interface Opened {
  run(): Promise<Float32Array>;
  readonly note?: string;
}

/** Plays one contestant. The job comes as JSON in the first argument; answers go out as one JSON a line. */
export async function serve<Job>(open: (job: Job) => Promise<Opened>): Promise<void> {
  const begin = clock();
  const beginOfMain = mainThreadTime();
  const opened = await open(JSON.parse(process.argv[2]));
  const loadMs = clock() - begin;
  const mainMs = beginOfMain === undefined ? undefined : mainThreadTime()! - beginOfMain;
  const answer = [...(await opened.run())];
  say({ loadMs, mainMs, answer, note: opened.note ?? '' } satisfies Ready);
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === 'quit') break;
    const start = clock();
    await opened.run();
    say({ ms: clock() - start });
  }
  say({ peakBytes: 1024 * process.resourceUsage().maxRSS });
  process.exit(0);
}

/** Milliseconds of the processor; Node 24 tells them of one thread. */
function mainThreadTime(): number | undefined {
  const { threadCpuUsage } = process as { threadCpuUsage?: () => NodeJS.CpuUsage };
  if (!threadCpuUsage) return undefined;
  const { user, system } = threadCpuUsage.call(process);
  return (user + system) / 1e3;
}

function say(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { newestNode } from '../engines.ts';

/** Of the main thread of a process since the last question, in milliseconds, and its memory in bytes. */
export interface LoopReport {
  /** What timers were late by. */
  readonly p99: number;
  readonly max: number;
  /** How long it computed without a turn of its event loop; null before Node 24. */
  readonly heldP99: number | null;
  readonly heldMax: number | null;
  /** All that it computed since the process started; null before Node 24. */
  readonly cpu: number | null;
  readonly rss: number;
  /** What objects of the main thread take, with those that are garbage by now. */
  readonly heap: number;
}

/** A server in a process of its own, whose event loop is watched. */
export interface ServerProcess {
  readonly url: string;
  readonly child: ChildProcess;
  report(): Promise<LoopReport>;
  /** Of all its threads since it started; unit: milliseconds. Linux only. */
  cpuTime(): number;
  stop(): Promise<number | null>;
}

/** Flags of Node for the server, such as --cpu-prof. */
const profiled = (process.env.SERVER_FLAGS ?? '').split(' ').filter(Boolean);

/** Of `utime` and `stime` in /proc; unit: milliseconds. */
const TICK_MS = 10;

/** `beit serve` with one model under the name `model`; on these processors alone when they are given. */
export function startOurs(
  folder: string,
  options: readonly string[],
  processors: readonly number[] | null = null,
): Promise<ServerProcess> {
  const args = ['dist/cli.js', 'serve', '--port', '0', '--quiet', '--model', `model=${folder}`, ...options];
  return startServer(args, 'ready', processors);
}

/** A process that does nothing: what its timers are late by is the machine's doing. */
export function startIdle(processors: readonly number[] | null = null): Promise<ServerProcess> {
  return startServer(['bench/serve/idle.mjs'], null, processors);
}

/** Runs a script of Node that prints JSON lines; resolves with the `url` of one when the line `until` came. */
export async function startServer(
  args: readonly string[],
  until: string | null = null,
  processors: readonly number[] | null = null,
): Promise<ServerProcess> {
  const watched = [newestNode, ...profiled, '--import', resolve('bench/serve/loopDelay.mjs'), ...args];
  const [command, ...rest] = processors ? ['taskset', '-c', processors.join(','), ...watched] : watched;
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  const exited = new Promise<number | null>((ended) => child.once('exit', (code) => ended(code)));
  let url = '';
  for await (const line of createInterface({ input: child.stdout! })) {
    const event = JSON.parse(line);
    url ||= event.url ?? '';
    if (url && (until === null || event.event === until)) break;
  }
  if (!url) throw new Error(`${args.join(' ')} ended with ${await exited}`);
  child.stdout!.resume();
  const report = () =>
    new Promise<LoopReport>((found, failed) => {
      if (child.exitCode !== null || child.signalCode) failed(new Error(`the server ended with ${child.exitCode}`));
      child.once('message', found as never);
      child.send('report');
    });
  const stop = () => {
    child.kill('SIGTERM');
    return exited;
  };
  const cpuTime = () => {
    const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return TICK_MS * (Number(fields[11]) + Number(fields[12]));
  };
  return { url, child, report, cpuTime, stop };
}

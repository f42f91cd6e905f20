// node scripts/run.mjs test/runtimes/killedThread.ts: what a pass does when one of its threads ends, in every runtime and in
// every way in which a thread can end there; and what passes do when one of the workers of their model ends. Build first. A
// runtime that is absent is named as skipped.
import { execFileSync, type StdioOptions } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import * as assert from 'uvu/assert';
import { embed } from '../../scripts/embed.mjs';
import { type FoundBrowser, inEachBrowser } from './browsers.ts';
import { bundleNeutral } from './bundleNeutral.ts';
import { ISOLATION } from './fileServer.ts';
import { onPage } from './onPage.ts';
import { Tally } from './tally.ts';
import { installed } from './tools.ts';

// How a thread that serves can end, and by what its leader, which sleeps, learns it. Nobody but our code runs in a thread.
//
// | way                          | Node        | Deno            | Bun           | Chromium, Firefox       |
// |------------------------------|-------------|-----------------|---------------|-------------------------|
// | terminate() of our Worker    | we are told | we are told     | we are told   | we are told             |
// | the same by another handle,  | the thread  | an event, at    | the watcher:  | page or watcher: its    |
// | which hides it from us       | is asked    | once            | its port      | lock; Chromium lets it  |
// |                              |             |                 | closes        | serve on for 2 s first  |
// | exception, stack overflow    | the thread tells before it ends, everywhere                             |
// | process.exit() from within   | asked       | watcher         | watcher       | there is none           |
// | self.close() from within     | is none     | watcher         | is none       | serves on: no death     |
// | heap exhausted from within   | asked       | the process ends | not provoked  | not provoked            |
// | a debugger stops it          | asked       | not provoked    | not provoked  | not provoked            |
//
// The last two were tried by hand, with a small heap and with `Runtime.terminateExecution` of Node's inspector. Serving
// allocates no more than the arguments of a kernel, so that the heap of a thread does not fill.
const TOLD = ['terminate()', 'terminate() by another handle', 'exception', 'stack overflow'];
const EXIT = 'process.exit()';
const CLOSE = 'self.close()';

const ROUNDS = 2;
const TIMEOUT = 120_000; // ms; the machine may be busy
const FOLDER = 'build/killed';
const RUNTIMES: readonly [name: string, path: string | null, args: readonly string[], ways: string[]][] = [
  ['Node', process.execPath, [], [...TOLD, EXIT]],
  ['Node 24', installed('node-24/bin/node'), [], [...TOLD, EXIT]],
  ['Deno', installed('deno-linux/deno'), ['run', '-A', '--quiet'], [...TOLD, EXIT, CLOSE]],
  ['Bun', installed('bun-linux/bin/bun'), [], [...TOLD, EXIT]],
];

interface Kill {
  readonly code: string;
  readonly why: string;
  readonly ms: number;
  readonly passes: number;
  readonly next: boolean;
}

const tally = new Tally();

/**
 * A leader that nobody tells gives its thread up all the same, after seconds; what it says then tells the two apart. A thread
 * that was replaced before a pass missed it costs nothing.
 */
function check({ code, why, next }: Kill): void {
  assert.ok(code === 'WorkerFailed' || code === 'replaced', `${code} ${why}`);
  assert.ok(next, 'the pass after it is wrong');
  assert.not.match(why, 'does not answer');
}

async function report(name: string, ways: readonly string[], run: () => Promise<Record<string, Kill[]>>) {
  const found = await run().catch((error) => ({ error: error as Error }));
  for (const way of ways) {
    await tally.step(`${name}, ${way}`, () => {
      if ('error' in found) throw found.error;
      const kills = (found as Record<string, Kill[]>)[way];
      for (const kill of kills) check(kill);
      const times = kills.map(({ code, ms, passes }) => {
        const what = code === 'replaced' ? 'replaced' : 'rejected';
        return `${what} in ${ms.toFixed(0)} ms${passes ? ` after ${passes} right passes` : ''}`;
      });
      return times.join(', ');
    });
  }
}

/** Node, Deno and Bun share it, as they share the package's. */
async function bundle(entry: string): Promise<string> {
  const outfile = `${FOLDER}/${entry}`;
  await bundleNeutral({
    entryPoints: [`test/runtimes/hosted/${entry}`],
    outfile,
    conditions: ['node'],
    alias: {
      '#platform': resolve('src/platform/node.ts'),
      '#modelWorker': resolve('test/runtimes/hosted/recordedWorkers.mjs'),
      fflate: 'fflate/browser',
    },
    external: ['node:*'],
    // the script of a thread after one that lets a test end it
    plugins: [embed({ inject: [resolve('test/runtimes/hosted/obey.mjs')] })],
  });
  return outfile;
}

async function inBrowser(found: FoundBrowser): Promise<void> {
  for (const [where, name] of [
    ['hosted by the page', 'runHostedThreads'],
    ["in the user's own worker", 'runOwnThreads'],
  ])
    await report(`${found.name}, ${where}`, TOLD, () => onPage(found, ISOLATION, [name, ROUNDS, ...TOLD]));
}

/** What passes gave; one worker of two was ended meanwhile, or before. */
interface WorkerKill {
  readonly inPass: readonly string[];
  readonly next: readonly string[];
  readonly whileIdle: readonly string[];
  /** Workers that were alive at the end. */
  readonly workers: number;
}

/** A worker costs the pass that it runs, and its place is taken by another. */
function checkWorkers(kills: readonly WorkerKill[]): string {
  let lost = 0;
  for (const { inPass, next, whileIdle, workers } of kills) {
    const failed = inPass.filter((outcome) => outcome !== 'right');
    assert.ok(failed.length <= 1 && failed.every((code) => code === 'WorkerFailed'), `in a pass: ${inPass}`);
    lost += failed.length;
    assert.equal(new Set([...next, ...whileIdle]), new Set(['right']), `${next}; ${whileIdle}`);
    assert.is(workers, 2);
  }
  assert.ok(lost > 0, 'no worker ended in a pass');
  const passes = kills.length * 3 * kills[0].inPass.length;
  return `${2 * kills.length} workers ended, ${lost} of ${passes} passes lost`;
}

mkdirSync(FOLDER, { recursive: true });
const [thread, worker] = [await bundle('killed.mjs'), await bundle('killedWorker.mjs')];
for (const [name, program, args, ways] of RUNTIMES) {
  if (!program) {
    console.log(`skip: ${name} is not installed`);
    continue;
  }
  const run = async (...command: string[]) => {
    const stdio: StdioOptions = ['ignore', 'pipe', 'pipe'];
    return JSON.parse(execFileSync(program, [...args, ...command], { encoding: 'utf8', timeout: TIMEOUT, stdio }));
  };
  await report(name, ways, () => run(thread, String(ROUNDS), ...ways));
  for (const threads of [1, 2]) {
    const what = `${name}, a worker of a model, ${threads} thread${threads > 1 ? 's' : ''}`;
    await tally.step(what, async () => checkWorkers(await run(worker, String(2 * ROUNDS), String(threads))));
  }
}
await inEachBrowser(inBrowser);
tally.end();

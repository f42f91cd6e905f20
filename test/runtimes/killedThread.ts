// node scripts/run.mjs test/runtimes/killedThread.ts: how long a pass waits for a thread that was ended, in every runtime.
// Build first. A runtime that is absent is named as skipped.
import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import * as assert from 'uvu/assert';
import { findChromium, findFirefox } from './browsers.ts';
import { ISOLATION } from './fileServer.ts';
import { inPage } from './inPage.ts';
import { installed } from './tools.ts';

const TIMEOUT = 120_000; // ms; the machine may be busy
const FOLDER = 'build/killed';
const RUNTIMES: readonly [name: string, program: string | null, args: readonly string[], condition: string][] = [
  ['Node', process.execPath, [], 'node'],
  ['Node 24', installed('node-24/bin/node'), [], 'node'],
  ['Deno', installed('deno-linux/deno'), ['run', '-A', '--quiet'], 'deno'],
  ['Bun', installed('bun-linux/bin/bun'), [], 'bun'],
];
/** Wanted are 100 ms; a machine that does other things too is allowed more, and without being told it takes 1 s. Unit: ms. */
const PROMPT = 500;

interface Kill {
  readonly code: string;
  readonly ms: number;
  readonly passes: number;
  readonly next: boolean;
}

let failed = 0;

function report(name: string, kills: readonly Kill[]): void {
  const times = kills.map(({ ms, passes }) => `${ms.toFixed(0)} ms${passes ? ` (${passes} right ones before)` : ''}`);
  try {
    for (const { code, next } of kills) assert.equal([code, next], ['WorkerFailed', true]);
    const late = kills.filter(({ ms }) => ms > PROMPT);
    assert.is(late.length, 0, `rejected after ${times.join(', ')}`);
    console.log(`ok   ${name}: rejected after ${times.join(', ')}`);
  } catch (error) {
    failed++;
    console.log(`FAIL ${name}: ${(error as Error).message}; ${JSON.stringify(kills)}`);
  }
}

async function bundle(condition: string): Promise<string> {
  const outfile = `${FOLDER}/${condition}.mjs`;
  await build({
    entryPoints: ['test/runtimes/hosted/killed.mjs'],
    outfile,
    bundle: true,
    platform: 'neutral',
    alias: { '#platform': resolve(`src/platform/${condition}.ts`), fflate: 'fflate/browser' },
    external: ['node:*'],
    format: 'esm',
    target: 'es2022',
    logLevel: 'error',
    tsconfigRaw: {},
    // the WASM and the worker scripts lie in dist/
    define: { 'import.meta.url': JSON.stringify(pathToFileURL(resolve('dist/index.js')).href) },
  });
  return outfile;
}

for (const [name, program, args, condition] of RUNTIMES) {
  if (!program) console.log(`skip: ${name} is not installed`);
  else {
    const script = await bundle(condition);
    report(name, JSON.parse(execFileSync(program, [...args, script], { encoding: 'utf8', timeout: TIMEOUT })));
  }
}
for (const [name, found] of [
  ['Chromium', await findChromium()],
  ['Firefox', await findFirefox()],
] as const) {
  if (!found) console.log(`skip: ${name} is not installed`);
  else {
    const browser = await found.launch();
    report(name, await inPage(browser, ISOLATION, 'test/runtimes/hosted/page.html', 'runKilledThreads()'));
    await browser.close();
  }
}
process.exitCode = failed > 0 ? 1 : 0;

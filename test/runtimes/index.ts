// npm run test:runtimes [-- NAME…] [--require-all] [--store] [--training=1,5,8]: the smoke suite in every runtime that is there.
// A runtime that is not there is skipped by name, which with --require-all or in CI is a failure. --store writes the
// digest of the one named runtime down instead of comparing with it. --training runs nothing but training, on these numbers of
// threads, also those that take too long for CI; in browsers in a worker of an isolated page, the one place with threads for it,
// and on one thread in that page, which has workers that read pictures.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FoundBrowser, findChromium, findFirefox } from './browsers.ts';
import { ISOLATION, serveFiles } from './fileServer.ts';
import { runLocally } from './local.ts';
import { ALL_NUMBERS, SOME_NUMBERS } from './numbersOfThreads.ts';
import { APP, prepareApp } from './prepare.ts';
import type { Report } from './smoke.ts';
import { installed } from './tools.ts';
import { startWorker } from './workerd.ts';

/** Engines a runtime must offer, so that a lost one is a failure and not a shorter list. */
type Expected = readonly string[];
const BOTH: Expected = ['strict', 'relaxed'];
const engines = (simd: Expected, threads: readonly number[]) => simd.flatMap((s) => threads.map((t) => `${s} × ${t}`));
const ALL = engines(BOTH, ALL_NUMBERS);
const SOME = engines(BOTH, SOME_NUMBERS);
const ALONE = engines(BOTH, [1]);
/** Deno brings no GPU in software: whether there is an adapter is the machine's affair. */
const GPU_OR_NOT: Expected = [];

const DIGEST = 'test/runtimes/digest.json';
const TIMEOUT = 600_000; // ms; the machine may be busy

interface Run {
  readonly name: string;
  readonly expected: Expected;
  readonly run: () => Promise<Report>;
}

const DENO = ['run', '--quiet', '--no-prompt', '--no-config', '--node-modules-dir=manual', '--allow-read'];
/** Nothing but reading is allowed in Deno. */
const LOCAL: readonly [name: string, binary: string, args: readonly string[], expected: Expected][] = [
  ['Node 20', 'node-20/bin/node', [], engines(['strict'], ALL_NUMBERS)],
  ['Node 22', 'node-22/bin/node', [], ALL],
  ['Node 24', 'node-24/bin/node', [], ALL],
  ['Node 26', 'node-26/bin/node', [], ALL],
  ['Deno', 'deno-linux/deno', DENO, ALL],
  ['Bun', 'bun-linux/bin/bun', [], ALL],
];

/** Runs of one place, or what is missing for them. */
type Place = readonly Run[] | string;

function localPlaces(): Record<string, Place> {
  return Object.fromEntries(
    LOCAL.map(([name, path, args, expected]) => {
      const binary = installed(path);
      if (!binary) return [name, `no ${path}`];
      if (training) {
        const run = () => runLocally([binary, ...args], ['training', training.join()]);
        return [name, [{ name, expected: engines(['training'], training), run }]];
      }
      const runs: Run[] = [{ name, expected, run: () => runLocally([binary, ...args]) }];
      if (name === 'Deno')
        runs.push({ name: 'Deno, WebGPU', expected: GPU_OR_NOT, run: () => runLocally([binary, ...args], ['webgpu']) });
      return [name, runs];
    }),
  );
}

function workerdPlace(): Place {
  const binary = installed('@cloudflare/workerd-linux-64/bin/workerd');
  if (!binary) return 'no workerd';
  return [
    { name: 'workerd', expected: ALONE, run: () => runInWorkerd(binary, 'workerd.mjs') },
    { name: 'workerd, inline', expected: ALONE, run: () => runInWorkerd(binary, 'inline.mjs') },
  ];
}

async function runInWorkerd(binary: string, script: string): Promise<Report> {
  const worker = await startWorker(binary, join(APP, script), join(APP, 'fixtures'));
  try {
    return (await (await fetch(worker.url)).json()) as Report;
  } finally {
    worker.stop();
  }
}

function browserPlace(browser: FoundBrowser | null): Place {
  if (!browser) return 'no browser, or no driver';
  const run = (part: Part, headers: Record<string, string>) => () => runInBrowser(browser, part, headers);
  const worker = `${browser.name}, isolated worker`;
  if (training) {
    const inPart = (part: 'page' | 'worker', numbers: readonly number[], name: string) => {
      const query = `${part}&training=${numbers}` as const;
      return { name, expected: engines(['training'], numbers), run: run(query, ISOLATION) };
    };
    return [inPart('worker', training, worker), inPart('page', [1], `${browser.name}, isolated page`)];
  }
  return [
    { name: `${browser.name}, page`, expected: ALONE, run: run('page', {}) },
    { name: `${browser.name}, isolated page`, expected: SOME, run: run('page', ISOLATION) },
    { name: `${browser.name}, worker`, expected: ALONE, run: run('worker', {}) },
    { name: worker, expected: SOME, run: run('worker', ISOLATION) },
    // Firefox has no WebGPU in software
    ...(browser.name === 'Chromium'
      ? [{ name: 'Chromium, WebGPU', expected: ['webgpu'], run: run('webgpu', {}) }]
      : []),
  ];
}

/** What of smoke.html runs. */
type Part = 'page' | 'worker' | 'webgpu' | `${'page' | 'worker'}&training=${string}`;

async function runInBrowser(found: FoundBrowser, part: Part, headers: Record<string, string>) {
  const server = await serveFiles(APP, headers);
  const close = await found.visit(`${server.url}smoke.html?${part}`);
  try {
    return JSON.parse(await within(TIMEOUT, server.posted));
  } finally {
    await close();
    server.close();
  }
}

function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`nothing came within ${ms} ms`)), ms);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

async function execute({ name, expected, run }: Run): Promise<keyof typeof totals> {
  const started = performance.now();
  try {
    const report = await run();
    if (report.findings.length === 0 && expected.length === 0) {
      console.log(`skip: ${name}: nothing here to run on`);
      return 'skipped';
    }
    const failed = report.findings.filter(({ ok }) => !ok);
    const lacking = expected.filter((engine) => !report.engines.includes(engine));
    const sound = failed.length === 0 && lacking.length === 0;
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(`${sound ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)`);
    for (const { ok, name, detail, ms } of report.findings)
      console.log(`       ${ok ? '' : 'FAIL '}${name}, ${ms} ms: ${detail}`);
    if (lacking.length > 0) console.log(`       FAIL engines that did not run: ${lacking.join(', ')}`);
    if (store && expected.length > 0) writeFileSync(DIGEST, `${JSON.stringify(report.digests, null, 2)}\n`);
    return sound ? 'passed' : 'failed';
  } catch (error) {
    console.log(`FAIL ${name}: ${(error as Error).message}`);
    return 'failed';
  }
}

const wanted = process.argv.slice(2).filter((arg) => !arg.startsWith('--'));
const requireAll = process.argv.includes('--require-all') || process.env.CI === 'true';
const store = process.argv.includes('--store');
const training = process.argv
  .find((arg) => arg.startsWith('--training='))
  ?.split('=')[1]
  .split(',')
  .map(Number);
if (store) writeFileSync(DIGEST, '{}\n');
const totals = { passed: 0, failed: 0, skipped: 0 };
let missing = 0;
await prepareApp();
const places: Record<string, Place> = {
  ...localPlaces(),
  workerd: training ? 'it has no entry for training' : workerdPlace(),
  Chromium: browserPlace(await findChromium()),
  Firefox: browserPlace(await findFirefox()),
};
for (const [name, place] of Object.entries(places)) {
  if (wanted.length > 0 && !wanted.some((part) => name.toLowerCase().includes(part.toLowerCase()))) continue;
  if (typeof place === 'string') {
    console.log(`skip: ${name}: ${place}`);
    totals.skipped++;
    missing++;
  } else for (const run of place) totals[await execute(run)]++;
}
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exitCode = totals.failed > 0 || totals.passed === 0 || (requireAll && missing > 0) ? 1 : 0;

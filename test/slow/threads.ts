// node scripts/run.mjs test/slow/threads.ts: threads in every runtime that is installed (node scripts/install_tools.mjs
// runtimes), against the digest of one thread in this Node. Build first. A runtime that is absent is named as skipped.
import { execFileSync } from 'node:child_process';
import * as assert from 'uvu/assert';
import { type FoundBrowser, inEachBrowser } from '../runtimes/browsers.ts';
import { ISOLATION } from '../runtimes/fileServer.ts';
import { inPage } from '../runtimes/inPage.ts';
import { Tally } from '../runtimes/tally.ts';
import { installed } from '../runtimes/tools.ts';

const RUNTIMES: readonly [name: string, program: string | null, args: readonly string[]][] = [
  ['Node', process.execPath, []],
  ...[20, 22, 24, 26].map((n) => [`Node ${n}`, installed(`node-${n}/bin/node`), []] as const),
  ['Deno', installed('deno-linux/deno'), ['run', '-A', '--quiet']],
  ['Bun', installed('bun-linux/bin/bun'), []],
].map(([name, program, args]) => [name, program, args] as never);
const PAGE = 'test/slow/threads/page.html';
const EXIT_MS = 60_000;
/** Turns of the page's event loop beside a worker, as a multiple of those beside passes on the page itself, at least. */
const FREER = 3;

const tally = new Tally();

function runLocal(program: string, args: readonly string[], threads: number) {
  const script = ['test/slow/threads/local.mjs', `${process.cwd()}/dist/index.node.js`, String(threads)];
  return JSON.parse(execFileSync(program, [...args, ...script], { encoding: 'utf8', timeout: EXIT_MS }));
}

const { digest } = runLocal(process.execPath, [], 1);

for (const [name, program, args] of RUNTIMES) {
  if (!program) console.log(`skip: ${name} is not installed`);
  for (const threads of program ? [1, 8] : []) {
    await tally.step(`${name}, ${threads} threads`, () => {
      const report = runLocal(program!, args, threads);
      assert.equal([report.digest, report.same, report.info.threads], [digest, true, threads]);
      return `${report.info.simd}, made in ${report.made} ms`;
    });
  }
}

async function inBrowser({ name, launch }: FoundBrowser): Promise<void> {
  const browser = await launch();
  for (const threads of [1, 3, 8]) {
    await tally.step(`${name}, isolated, ${threads} threads, in a worker`, async () => {
      const report = await inPage(browser, ISOLATION, PAGE, `runSmoke({ threads: ${threads} })`);
      assert.equal([report.digest, report.same, report.info.threads], [digest, true, threads]);
      assert.equal(report.violations, []);
      return `${report.info.simd}, made in ${report.made} ms`;
    });
  }
  await tally.step(`${name}, isolated, on the main thread`, async () => {
    const report = await inPage(browser, ISOLATION, PAGE, 'runSmoke({ worker: false })');
    assert.equal([report.digest, report.info.threads], [digest, 1]);
    assert.match(report.info.threadsReason, 'must not wait');
    return report.info.threadsReason;
  });
  await tally.step(`${name}, not isolated`, async () => {
    const report = await inPage(browser, {}, PAGE, 'runSmoke({})');
    assert.equal([report.digest, report.info.threads, report.violations], [digest, 1, []]);
    assert.match(report.info.threadsReason, 'not cross-origin isolated');
    return report.info.threadsReason;
  });
  await tally.step(`${name}, an abort in the middle`, async () => {
    assert.equal(await inPage(browser, ISOLATION, PAGE, 'runAbort()'), { code: 'Aborted', after: 'Disposed' });
  });
  await tally.step(`${name}, the page stays responsive`, async () => {
    const [hosted, onPage] = await inPage(browser, ISOLATION, PAGE, 'runWide()');
    assert.ok(hosted.turns > FREER * onPage.turns, `${hosted.turns} turns against ${onPage.turns} on the page`);
    const told = [hosted, onPage].map(
      ({ ms, turns, gap, longTasks }) =>
        `passes of ${(ms / 8).toFixed(0)} ms, ${turns} turns, the longest ${gap.toFixed(0)} ms, long tasks: ${longTasks?.length ?? 'not observable'}`,
    );
    return told.join('; on the page ');
  });
  await browser.close();
}

await inEachBrowser(inBrowser);
tally.end();

// node scripts/run.mjs bench/serve/sideBySide.ts [digits] [base] [--seconds 30]: `beit serve` beside the smallest honest server on
// onnxruntime-node and on transformers.js (npm ci --prefix bench/rivals), the same picture, the same f32 model, in turns.
// For each: requests a second, times, how late timers of its main thread are under this load, memory. Build first.
import { parseArgs } from 'node:util';
import { hasRival } from '../contestants/rivalPackage.ts';
import { fire } from './cannon.ts';
import { ownGuesses, sameGuesses } from './expected.ts';
import { type ServedModelFiles, type ServedModelName, servedModelFiles } from './models.ts';
import { type ServerProcess, startOurs, startServer } from './serverProcess.ts';

const ROUNDS = 3;
const CONNECTIONS = 4;
/** Scores of other engines differ by rounding; ours by nothing. */
const TOLERANCE = 1e-3;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string', default: '30' } },
});
const seconds = Number(values.seconds);

const RIVALS: Readonly<Record<string, string>> = {
  'onnxruntime-node': 'onnxruntime-node',
  'transformers.js': '@huggingface/transformers',
};
const SCRIPTS: Readonly<Record<string, string>> = {
  'onnxruntime-node': 'bench/serve/onnxruntime.mjs',
  'transformers.js': 'bench/serve/transformers.mjs',
};

interface Contestant {
  readonly name: string;
  readonly server: ServerProcess;
  readonly right: (body: string) => boolean;
}

async function contestants(files: ServedModelFiles): Promise<Contestant[]> {
  const guesses = await ownGuesses(files);
  const workers = await startOurs(files.folder, ['--workers', '2', '--threads', '1']);
  const ours = [{ name: 'beit serve, 2 workers', server: workers, right: sameGuesses(guesses, 0) }];
  const rivals = Object.keys(RIVALS).filter((name) => {
    if (hasRival(RIVALS[name])) return true;
    console.log(`skip: ${name} is not installed: npm ci --prefix bench/rivals`);
    return false;
  });
  const others = rivals.map(async (name) => {
    const server = await startServer([SCRIPTS[name], files.folder]);
    return { name, server, right: sameGuesses(guesses, TOLERANCE) };
  });
  return [...ours, ...(await Promise.all(others))];
}

let failed = 0;

async function compare(model: ServedModelName): Promise<void> {
  const files = await servedModelFiles(model);
  const all = await contestants(files);
  const found = all.map(() => ({
    ok: 0,
    wrong: 0,
    errors: 0,
    seconds: 0,
    p50: 0,
    p99: 0,
    delay: 0,
    longest: 0,
    held: 0,
    heldMost: 0,
    rss: 0,
    cpu: 0,
  }));
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [i, { server, right }] of all.entries()) {
      await server.report();
      const cpu = server.cpuTime();
      const volley = { url: `${server.url}/`, picture: files.picture, connections: CONNECTIONS, right };
      const result = await fire({ ...volley, seconds: round === 0 ? 3 : seconds / ROUNDS });
      const { p99, max, heldP99, heldMax, rss } = await server.report();
      if (round === 0) continue; // warms
      const total = found[i];
      for (const field of ['ok', 'wrong', 'errors', 'seconds'] as const) total[field] += result[field];
      for (const field of ['p50', 'p99'] as const) total[field] += result[field] / ROUNDS;
      total.delay += p99 / ROUNDS;
      total.longest = Math.max(total.longest, max);
      total.held += (heldP99 ?? 0) / ROUNDS;
      total.heldMost = Math.max(total.heldMost, heldMax ?? 0);
      total.rss = rss;
      total.cpu += server.cpuTime() - cpu;
    }
  }
  console.log(`\n${model}, ${CONNECTIONS} connections, ${ROUNDS} rounds of ${(seconds / ROUNDS).toFixed(0)} s each`);
  console.log(
    'server                  req/s  CPU ms/req   p50 ms  p99 ms  timers late: p99 ms  at most  loop held: p99 ms  at most  memory MB  wrong',
  );
  for (const [i, { name, server }] of all.entries()) {
    const { ok, wrong, errors, seconds, cpu, p50, p99, delay, longest, held, heldMost, rss } = found[i];
    const cells = [
      (ok / seconds).toFixed(1),
      (cpu / ok).toFixed(2),
      p50.toFixed(0),
      p99.toFixed(0),
      delay.toFixed(1),
      longest.toFixed(1),
      held.toFixed(1),
      heldMost.toFixed(1),
      (rss / 1e6).toFixed(0),
      `${wrong} of ${ok}`,
    ];
    const widths = [8, 12, 9, 8, 21, 9, 20, 9, 11, 14];
    console.log(name.padEnd(22) + cells.map((cell, j) => cell.padStart(widths[j])).join(''));
    if (wrong > 0 || errors > 0) failed++;
    await server.stop();
  }
}

const wanted = (positionals.length > 0 ? positionals : ['digits', 'base']) as ServedModelName[];
for (const model of wanted) await compare(model);
process.exitCode = failed > 0 ? 1 : 0;
process.exit();

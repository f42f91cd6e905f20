// node scripts/run.mjs bench/serve/overload.ts [--seconds 600] [--model base|digits] [--workers 2] [--dtype f32]
// `beit serve` at twice its capacity: no wrong answer, no crash, memory flat, what is accepted is answered within its deadline,
// the rest gets 429, as many good answers as at its capacity, and a main thread that is never late. Build first.
import { parseArgs } from 'node:util';
import { fire, type VolleyResult } from './cannon.ts';
import { ownGuesses, sameGuesses } from './expected.ts';
import { type ServedModelName, servedModelFiles } from './models.ts';
import { type LoopReport, startIdle, startOurs } from './serverProcess.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    model: { type: 'string', default: 'base' },
    workers: { type: 'string', default: '2' },
  },
});
const seconds = Number(values.seconds);
/** A deadline is so many times what an answer takes at capacity, and at least so long; unit: milliseconds. */
const [DEADLINE, LEAST_DEADLINE_MS] = [4, 500];
/** More than may wait: the rest is rejected. */
const CONNECTIONS = 192;
/** Of a second half of the memory's course over its first half, and of goodput at 2 × over that at 1 ×. */
const [MOST_GROWTH, LEAST_GOODPUT] = [1.05, 0.95];
const MOST_DELAY_MS = 20;
/** When timers of an idle process are later than this, times tell of the machine and not of the server. */
const BUSY_MS = 30;
/** Load at capacity and at twice of it take turns, so that both meet the same noise of the machine. */
const TURNS = 3;

const files = await servedModelFiles(values.model as ServedModelName);
const right = sameGuesses(await ownGuesses(files), 0);
const server = await startOurs(files.folder, '--workers', values.workers, '--threads', '1');
const url = `${server.url}/`;
const idle = await startIdle();
const volley = { url, picture: files.picture, connections: CONNECTIONS, right };
let failed = 0;

function expect(holds: boolean, what: string): void {
  console.log(`${holds ? 'ok  ' : 'FAIL'} ${what}`);
  if (!holds) failed++;
}

/** What times decide is only judged on a quiet machine. */
function expectInTime(quiet: boolean, holds: boolean, what: string): void {
  if (quiet || holds) expect(holds, what);
  else console.log(`busy ${what}`);
}

const told = ({ ok, seconds, statuses, p50, p99, max }: VolleyResult) =>
  `${(ok / seconds).toFixed(1)} good answers/s of ${JSON.stringify(statuses)}, p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms, longest ${max.toFixed(0)} ms`;

await fire({ ...volley, seconds: 5, connections: 8 }); // warm
const saturated = await fire({
  ...volley,
  seconds: Math.max(10, seconds / 20),
  connections: 2 * Number(values.workers),
});
const capacity = saturated.ok / saturated.seconds;
const deadline = Math.ceil(Math.max(LEAST_DEADLINE_MS, DEADLINE * saturated.p50));
console.log(
  `     capacity: ${capacity.toFixed(1)} requests/s, p50 ${saturated.p50.toFixed(0)} ms; deadline ${deadline} ms`,
);
await Promise.all([server.report(), idle.report()]);

const results: VolleyResult[] = [];
const good = { 1: 0, 2: 0 };
const time = { 1: 0, 2: 0 };
for (let turn = 0; turn < TURNS; turn++) {
  for (const load of [1, 2] as const) {
    const result = await fire({ ...volley, deadline, seconds: seconds / 10, rate: load * capacity });
    good[load] += result.ok;
    time[load] += result.seconds;
    results.push(result);
  }
}
const reports: { readonly served: LoopReport; readonly idle: LoopReport }[] = [];
const asking = setInterval(async () => {
  const [served, beside] = await Promise.all([server.report(), idle.report()]);
  reports.push({ served, idle: beside });
}, 1000);
const long = await fire({ ...volley, deadline, seconds, rate: 2 * capacity });
clearInterval(asking);
results.push(long);
console.log(`     ${seconds} s at 2 ×: ${told(long)}`);

/** The second that is worse than 99 of 100, by what was the 99th of 100 timers in each; and the worst of all. */
function delays(of: 'served' | 'idle', p99: 'p99' | 'heldP99', max: 'max' | 'heldMax') {
  const sorted = reports.map((report) => report[of][p99] ?? 0).sort((a, b) => a - b);
  return {
    p99: sorted[Math.floor(0.99 * sorted.length)],
    max: Math.max(...reports.map((report) => report[of][max] ?? 0)),
  };
}
const [late99, idle99, held] = [
  delays('served', 'p99', 'max'),
  delays('idle', 'p99', 'max'),
  delays('served', 'heldP99', 'heldMax'),
];
const quiet = idle99.p99 <= BUSY_MS;
const sum = (field: 'ok' | 'wrong' | 'errors' | 'late') => results.reduce((total, result) => total + result[field], 0);
const others = results
  .flatMap(({ statuses }) => Object.keys(statuses))
  .filter((status) => !['200', '429'].includes(status));
expect(sum('wrong') === 0, `${sum('ok')} answers with 200, ${sum('wrong')} of them wrong`);
expect(sum('errors') === 0, `${sum('errors')} connections broke`);
expectInTime(quiet, others.length === 0, `other answers than 200 and 429: ${others.join(', ') || 'none'}`);
expectInTime(quiet, sum('late') === 0, `${sum('late')} answers came after their deadline of ${deadline} ms`);
const goodput = good[2] / time[2] / (good[1] / time[1]);
expectInTime(quiet, goodput >= LEAST_GOODPUT, `goodput at 2 ×: ${(100 * goodput).toFixed(1)} % of that at 1 ×`);
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const resident = reports.map(({ served }) => served.rss);
const half = Math.floor(resident.length / 2);
const [early, late] = [mean(resident.slice(Math.min(5, half / 2), half)), mean(resident.slice(half))];
expect(
  late <= MOST_GROWTH * early,
  `memory: ${(early / 1e6).toFixed(0)} MB in the first half, ${(late / 1e6).toFixed(0)} MB in the second`,
);
const ms = ({ p99, max }: { p99: number; max: number }) => `p99 ${p99.toFixed(1)} ms, at most ${max.toFixed(1)} ms`;
expect(held.p99 <= MOST_DELAY_MS, `the main thread computes without a turn of its event loop for ${ms(held)}`);
expectInTime(
  quiet,
  late99.p99 <= MOST_DELAY_MS,
  `timers of the main thread are late by ${ms(late99)}; of an idle process beside it by ${ms(idle99)}`,
);
await idle.stop();
expect((await server.stop()) === 0, 'SIGTERM ends it with 0');
process.exitCode = failed > 0 ? 1 : 0;

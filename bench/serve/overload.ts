// node scripts/run.mjs bench/serve/overload.ts [--seconds 600] [--model base|digits] [--together]
// `beit serve` at twice its capacity: no wrong answer, no crash, memory flat, what is accepted is answered within its deadline,
// the rest gets 429, as many good answers as at its capacity, and a main thread that is never late. The load is made on the last
// processor and the server has the others, where `taskset` is installed; --together lets both run on all. Build first.
import { spawnSync } from 'node:child_process';
import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { busyTime } from './busyTime.ts';
import { fire, type VolleyResult } from './cannon.ts';
import { ownGuesses, sameGuesses } from './expected.ts';
import { type ServedModelName, servedModelFiles } from './models.ts';
import { type LoopReport, startIdle, startOurs } from './serverProcess.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    model: { type: 'string', default: 'base' },
    workers: { type: 'string' },
    together: { type: 'boolean', default: false },
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
/**
 * When timers of an idle process on the server's processors are later than this, or other programs take more than this share of
 * those processors, times tell of the machine and not of the server.
 */
const [BUSY_MS, MOST_OTHERS] = [30, 0.1];
/** Load at capacity and at twice of it take turns, so that both meet the same noise of the machine. */
const TURNS = 6;

/** The processors of the server; null for all. This process, which makes the load, leaves them. */
function processorsOfServer(): number[] | null {
  const all = Array.from({ length: availableParallelism() }, (_, i) => i);
  const [generator] = all.slice(-1);
  if (values.together || all.length < 2) return null;
  const moved = spawnSync('taskset', ['-acp', String(generator), String(process.pid)]);
  return moved.status === 0 ? all.slice(0, -1) : null;
}

const files = await servedModelFiles(values.model as ServedModelName);
const right = sameGuesses(await ownGuesses(files), 0);
const processors = processorsOfServer();
const workers = Number(values.workers ?? processors?.length ?? availableParallelism());
const server = await startOurs(files.folder, ['--workers', String(workers), '--threads', '1'], processors);
const idle = await startIdle(processors);
const volley = { url: `${server.url}/`, picture: files.picture, connections: CONNECTIONS, right };
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

const load = () => `load of the machine ${loadavg()[0].toFixed(1)}`;
const told = ({ ok, seconds, statuses, p50, p99, max }: VolleyResult) =>
  `${(ok / seconds).toFixed(1)} good answers/s of ${JSON.stringify(statuses)}, p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms, longest ${max.toFixed(0)} ms`;

await fire({ ...volley, seconds: 5, connections: 8 }); // warm
const saturated = await fire({ ...volley, seconds: Math.max(10, seconds / 20), connections: 2 * workers });
const capacity = saturated.ok / saturated.seconds;
const deadline = Math.ceil(Math.max(LEAST_DEADLINE_MS, DEADLINE * saturated.p50));
console.log(
  `     ${processors ? `server on processors ${processors}` : 'server and load on the same processors'}, ${load()}`,
);
console.log(
  `     capacity: ${capacity.toFixed(1)} requests/s, p50 ${saturated.p50.toFixed(0)} ms; deadline ${deadline} ms`,
);

/** What was sent at one load, and what it took of the server's main thread; unit: milliseconds. */
class Phase {
  readonly results: VolleyResult[] = [];
  cpu = 0;
  async fire(rate: number, seconds: number): Promise<void> {
    const before = await server.report();
    this.results.push(await fire({ ...volley, deadline, seconds, rate }));
    const after = await server.report();
    this.cpu += (after.cpu ?? 0) - (before.cpu ?? 0);
  }
  sum(field: 'ok' | 'wrong' | 'errors' | 'omitted' | 'late' | 'seconds'): number {
    return this.results.reduce((total, result) => total + result[field], 0);
  }
  /** Answers with this status. */
  count(status: number): number {
    return this.results.reduce((total, { statuses }) => total + (statuses[status] ?? 0), 0);
  }
  get goodput(): number {
    return this.sum('ok') / this.sum('seconds');
  }
}

/** Tells which share of the server's processors other programs took from now on; null where that is not known. */
function takenByOthers(): (() => number) | null {
  const begin = busyTime(processors);
  if (begin === null) return null;
  const own = () => server.cpuTime() / 1000 + (processors ? 0 : process.cpuUsage().user / 1e6);
  const [startedAt, ownBefore] = [performance.now(), own()];
  return () => {
    const elapsed = ((performance.now() - startedAt) / 1000) * (processors?.length ?? availableParallelism());
    return (busyTime(processors)! - begin - (own() - ownBefore)) / elapsed;
  };
}

const [once, twice, long] = [new Phase(), new Phase(), new Phase()];
for (let turn = 0; turn < TURNS; turn++) {
  await once.fire(capacity, Math.max(5, seconds / 20));
  await twice.fire(2 * capacity, Math.max(5, seconds / 20));
}
await Promise.all([server.report(), idle.report()]);
const reports: { readonly served: LoopReport; readonly idle: LoopReport }[] = [];
const taken = takenByOthers();
const asking = setInterval(async () => {
  const [served, beside] = await Promise.all([server.report(), idle.report()]);
  reports.push({ served, idle: beside });
}, 1000);
const result = await fire({ ...volley, deadline, seconds, rate: 2 * capacity });
clearInterval(asking);
const foreign = taken ? taken() : 0;
long.results.push(result);
console.log(`     ${seconds} s at 2 ×: ${told(result)}; ${load()}`);

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
const quiet = idle99.p99 <= BUSY_MS && foreign <= MOST_OTHERS;
console.log(`     other programs took ${(100 * foreign).toFixed(0)} % of the processors of the server`);
const all = [once, twice, long];
const sum = (field: Parameters<Phase['sum']>[0]) => all.reduce((total, phase) => total + phase.sum(field), 0);
const statuses = all.flatMap(({ results }) => results.flatMap(({ statuses }) => Object.entries(statuses)));
const requests = statuses.reduce((total, [, count]) => total + count, 0);
const others = statuses.filter(([status]) => !['200', '429'].includes(status));
expect(sum('wrong') === 0, `${requests} requests, ${sum('ok')} answers with 200, ${sum('wrong')} of them wrong`);
expect(sum('errors') === 0, `${sum('errors')} connections broke`);
expectInTime(
  quiet,
  others.length === 0,
  `other answers than 200 and 429: ${others.map(([status, count]) => `${count} × ${status}`).join(', ') || 'none'}`,
);
expectInTime(quiet, sum('late') === 0, `${sum('late')} answers came after their deadline of ${deadline} ms`);
expectInTime(quiet, sum('omitted') === 0, `${sum('omitted')} requests could not be sent: no connection was free`);
const [good, bad] = [once.cpu / once.sum('ok'), twice.count(429)];
console.log(
  `     main thread: ${good.toFixed(3)} ms for an answer, ${((twice.cpu - good * twice.sum('ok')) / bad).toFixed(3)} ms for a 429`,
);
const share = twice.goodput / once.goodput;
expectInTime(
  quiet,
  share >= LEAST_GOODPUT,
  `goodput at 2 ×: ${twice.goodput.toFixed(1)}/s, ${(100 * share).toFixed(1)} % of ${once.goodput.toFixed(1)}/s at 1 ×, ${((100 * twice.goodput) / capacity).toFixed(1)} % of capacity; at 1 × ${once.count(429)} of ${once.sum('ok') + once.count(429)} were rejected`,
);
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const resident = reports.map(({ served }) => served.rss);
const half = Math.floor(resident.length / 2);
const [early, late] = [mean(resident.slice(Math.min(5, half / 2), half)), mean(resident.slice(half))];
expect(
  late <= MOST_GROWTH * early,
  `memory: ${(early / 1e6).toFixed(0)} MB in the first half, ${(late / 1e6).toFixed(0)} MB in the second, ${(resident.at(-1)! / 1e6).toFixed(0)} MB at the end`,
);
const tenth = Math.ceil(reports.length / 10);
const tenths = Array.from({ length: 10 }, (_, i) => reports.slice(i * tenth, (i + 1) * tenth)).filter(
  (part) => part.length > 0,
);
const course = (of: (report: LoopReport) => number, pick: (values: number[]) => number) =>
  tenths.map((part) => (pick(part.map(({ served }) => of(served))) / 1e6).toFixed(0)).join(' ');
console.log(`     resident memory in each tenth: ${course(({ rss }) => rss, mean)} MB`);
console.log(
  `     objects of the main thread at least: ${course(
    ({ heap }) => heap,
    (values) => Math.min(...values),
  )} MB`,
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

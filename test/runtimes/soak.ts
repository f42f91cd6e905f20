// node scripts/run.mjs test/runtimes/soak.ts [REQUESTS]: 20,000 requests to the example Worker, ten at a time, one in ten hostile. Every
// answer must be the right one or the 4xx that fits, and memory must not grow in the second half.
import { readdirSync, readFileSync } from 'node:fs';
import { pipeline } from '../../src/pipelines/pipeline.ts';
import { digitsAssets, startExample } from './exampleWorker.ts';

const REQUESTS = Number(process.argv[2] ?? 20_000);
/** An answer that takes longer never comes. Unit: ms. */
const PATIENCE = 30_000;
const AT_ONCE = 10;
const HOSTILE_EVERY = 10;
/** Until here buffers, code and arenas find their size. */
const WARM = REQUESTS / 2;
/** Between the warm Worker and the last request, whose heap moves by 15 from one collection to the next. Unit: 10⁶ bytes. */
const GROWTH = 24;
const SCANS = 'fixtures/beit-digits/scans';

const scans = readdirSync(SCANS).map((name) => new Uint8Array(readFileSync(`${SCANS}/${name}`)));

/** The size in the header is what a decoder would allocate for. */
function withSize(png: Uint8Array<ArrayBuffer>, side: number): Uint8Array<ArrayBuffer> {
  const forged = png.slice();
  new DataView(forged.buffer).setUint32(16, side);
  new DataView(forged.buffer).setUint32(20, side);
  return forged;
}

interface Hostile {
  readonly name: string;
  readonly init: () => RequestInit;
  readonly path?: string;
  readonly statuses: readonly number[];
}

const post =
  (body: BodyInit): (() => RequestInit) =>
  () => ({ method: 'POST', body });
const HOSTILE: readonly Hostile[] = [
  { name: 'noise', init: post(Uint8Array.from({ length: 5000 }, (_, i) => (i * 167) & 255)), statuses: [415, 422] },
  { name: 'half a picture', init: post(scans[0].slice(0, 70)), statuses: [422] },
  { name: 'a forged size', init: post(withSize(scans[0], 60_000)), statuses: [413, 422] },
  { name: 'no body', init: () => ({ method: 'POST' }), statuses: [400] },
  { name: 'GET', init: () => ({}), statuses: [405] },
  { name: 'nine megabytes', init: post(new Uint8Array(9 << 20)), statuses: [413] },
  { name: 'a page', init: post('<!doctype html><p>no picture'), statuses: [415, 422] },
  { name: 'top=many', path: '?top=many', init: post(scans[1]), statuses: [400] },
  { name: 'top=-1', path: '?top=-1', init: post(scans[1]), statuses: [400] },
  { name: 'a sender that hangs up', init: post(scans[2]), statuses: [0] },
];

const rss = (pid: number) =>
  (Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) * 1024) / 1e6;

using here = await pipeline('image-classification', 'fixtures/beit-digits', { threads: 1 });
const expected: string[] = [];
for (const scan of scans) expected.push(JSON.stringify(await here(scan)));

async function honest(url: string, i: number): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    body: scans[i % scans.length],
    signal: AbortSignal.timeout(PATIENCE),
  });
  const text = await response.text();
  if (response.status !== 200 || text !== expected[i % scans.length]) throw new Error(`${response.status} ${text}`);
}

async function hostile(url: string, i: number): Promise<void> {
  const { name, init, path = '', statuses } = HOSTILE[Math.floor(i / HOSTILE_EVERY) % HOSTILE.length];
  if (statuses[0] === 0) return hangUp(url, init());
  const response = await fetch(url + path, { ...init(), signal: AbortSignal.timeout(PATIENCE) });
  const { error } = (await response.json()) as { error?: { code: string; message: string } };
  const clear = statuses.includes(response.status) && error?.code && error.message && error.code !== 'Internal';
  if (!clear) throw new Error(`${name}: ${response.status} ${JSON.stringify(error)}`);
}

async function hangUp(url: string, init: RequestInit): Promise<void> {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 3);
  await fetch(url, { ...init, signal: controller.signal }).catch(() => undefined);
}

const worker = await startExample(digitsAssets(), 'f32');
if (!worker) throw new Error('no workerd: node scripts/install_tools.mjs runtimes');
const faults: string[] = [];
const memory: number[] = [];
let next = 0;

async function client(url: string, pid: number): Promise<void> {
  while (next < REQUESTS) {
    const i = next++;
    await (i % HOSTILE_EVERY === HOSTILE_EVERY - 1 ? hostile(url, i) : honest(url, i)).catch((error) => {
      faults.push(`request ${i}: ${error.message}`);
    });
    memory[i] = rss(pid);
  }
}

try {
  const started = performance.now();
  await Promise.all(Array.from({ length: AT_ONCE }, () => client(worker.url, worker.pid)));
  const seconds = (performance.now() - started) / 1000;
  const [warm, last] = [Math.max(...memory.slice(0, WARM)), memory.at(-1)!];
  const series = memory.filter((_, i) => i % (REQUESTS / 5) === REQUESTS / 5 - 1).map((mb) => mb.toFixed(1));
  console.log(
    `${REQUESTS} requests in ${seconds.toFixed(1)} s, ${faults.length} wrong; MB after each fifth: ${series}`,
  );
  for (const fault of faults.slice(0, 10)) console.log(fault);
  const grew = last - warm > GROWTH;
  if (grew) console.log(`memory grew from ${warm.toFixed(1)} to ${last.toFixed(1)} MB`);
  process.exitCode = faults.length > 0 || grew ? 1 : 0;
} finally {
  worker.stop();
}

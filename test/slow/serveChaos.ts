// node scripts/run.mjs test/slow/serveChaos.ts [--seconds 60] [--bodies 2000] [--idle 10000]: `beit serve` while its workers are
// killed, under slow senders, half requests, hostile bodies and idle connections, and when it is ended under load. Build first.
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { parseArgs } from 'node:util';
import type { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { createServer, listen } from '../../src/serve/index.ts';
import { readyServer } from '../clients/readyServer.ts';
import { Tally } from '../runtimes/tally.ts';
import { fileOf, rasterCases } from '../src/image/rasterCases.ts';
import { mutated } from '../src/weights/mutation.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    bodies: { type: 'string', default: '2000' },
    idle: { type: 'string', default: '10000' },
  },
});
const FOLDER = 'fixtures/beit-digits';
const SCAN = new Uint8Array(readFileSync(`${FOLDER}/scans/0005-5.png`));
const FORMATS = ['jpeg', 'png', 'gif', 'bmp', 'tiff'];
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const tally = new Tally();

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Status 0: no answer came. */
async function post(url: string, body: Uint8Array): Promise<Answer> {
  try {
    const response = await fetch(url, { method: 'POST', body: body as BodyInit });
    return { status: response.status, text: await response.text() };
  } catch (error) {
    return { status: 0, text: String((error as Error).cause ?? error) };
  }
}

/** Sends one scan after the other on each of `clients` connections while `wanted()` holds. */
async function load(url: string, clients: number, wanted: () => boolean): Promise<Answer[]> {
  const answers: Answer[] = [];
  const client = async () => {
    while (wanted()) answers.push(await post(url, SCAN));
  };
  await Promise.all(Array.from({ length: clients }, client));
  return answers;
}

function statusesOf(answers: readonly Answer[]): string {
  const counts = new Map<number, number>();
  for (const { status } of answers) counts.set(status, (counts.get(status) ?? 0) + 1);
  return [...counts].map(([status, count]) => `${count} × ${status}`).join(', ');
}

/** The command in a process of its own. */
async function startCommand(): Promise<{ url: string; child: ChildProcess; ended: Promise<number | null> }> {
  const args = ['dist/cli.js', 'serve', '--port', '0', '--quiet', '--workers', '2', '--model', `digits=${FOLDER}`];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const { url } = await readyServer(child);
  return { url, child, ended };
}

/** As behind a load balancer: it asks for readiness, and sends nothing more once the server is not ready. */
async function terminated(): Promise<string> {
  const { url, child, ended } = await startCommand();
  let open = true;
  const probe = (async () => {
    while (open) {
      const { status } = await fetch(`${url}/v2/health/ready`);
      if (status !== 200) open = false;
      await sleep(100);
    }
  })();
  const loaded = load(url, 16, () => open);
  await sleep(1500);
  child.kill('SIGTERM');
  const answers = await loaded;
  await probe;
  assert.ok(
    answers.every(({ status }) => status === 200),
    statusesOf(answers),
  );
  assert.is(await ended, 0);
  return `${answers.length} requests, all answered, exit code 0`;
}

/** Each second a worker thread of the model ends by a handle that the library does not see. */
async function killedWorkers(): Promise<string> {
  const workers: Worker[] = [];
  process.on('worker', (worker) => workers.push(worker as Worker));
  const server = createServer({ models: { digits: { source: FOLDER, workers: 2, threads: 1 } } });
  assert.equal(await server.load(), []);
  const { url, close } = await listen(server, { port: 0 });
  const expected = (await post(url, SCAN)).text;
  const end = performance.now() + 1000 * Number(values.seconds);
  const loaded = load(url, 8, () => performance.now() < end);
  let kills = 0;
  while (performance.now() < end - 500) {
    await sleep(Math.min(1000, end - 500 - performance.now()));
    const alive = workers.filter(({ threadId }) => threadId > 0);
    const victim = alive[kills % alive.length];
    if (!victim) continue;
    await Object.getPrototypeOf(victim).terminate.call(victim);
    kills++;
  }
  const answers = await loaded;
  const failed = answers.filter(({ status }) => status !== 200);
  const wrong = answers.filter(({ status, text }) => status === 200 && text !== expected);
  assert.is(wrong.length, 0, 'wrong answers');
  assert.ok(
    failed.every(({ status, text }) => status === 503 && /WorkerFailed/.test(text)),
    JSON.stringify(failed.slice(0, 3)),
  );
  assert.ok(failed.length <= kills, `${failed.length} requests failed for ${kills} kills`);
  const last = await Promise.all(Array.from({ length: 8 }, () => post(url, SCAN)));
  assert.ok(
    last.every(({ text }) => text === expected),
    statusesOf(last),
  );
  await close();
  return `${kills} workers killed, ${statusesOf(answers)}: each kill cost one pass at most`;
}

function socketTo(url: string): Socket {
  const { port } = new URL(url);
  const socket = connect(Number(port), '127.0.0.1');
  socket.on('error', () => {});
  return socket;
}

/** A byte now and then, of the head or of the body; heads and bodies that end too early. */
async function slowSenders(): Promise<string> {
  const { url, child, ended } = await startCommand();
  const head = `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${SCAN.length}\r\n\r\n`;
  const slow = Array.from({ length: 200 }, (_, i) => {
    const socket = socketTo(url);
    const bytes = Buffer.concat([Buffer.from(head), SCAN]);
    let sent = i % 2 ? head.length : 0;
    socket.write(bytes.subarray(0, sent));
    const timer = setInterval(() => socket.write(bytes.subarray(sent, ++sent)), 50);
    return () => {
      clearInterval(timer);
      socket.destroy();
    };
  });
  const halves = Array.from({ length: 200 }, (_, i) => {
    const socket = socketTo(url);
    const whole = `${head}abc`;
    socket.write(whole.slice(0, 1 + ((i * 37) % whole.length)));
    setTimeout(() => (i % 3 ? socket.destroy() : socket.end()), 200 + i);
    return socket;
  });
  let left = 40;
  const answers = await load(url, 4, () => left-- > 0);
  assert.ok(answers.length === 40 && answers.every(({ status }) => status === 200), statusesOf(answers));
  for (const stop of slow) stop();
  for (const socket of halves) socket.destroy();
  assert.is((await post(url, SCAN)).status, 200);
  child.kill('SIGTERM');
  assert.is(await ended, 0);
  return `200 slow and 200 half requests beside ${statusesOf(answers)}`;
}

/** Mutations of pictures of every format, and of requests in JSON: each is answered with what is wrong, and none with a 5xx. */
async function hostileBodies(): Promise<string> {
  const { url, child, ended } = await startCommand();
  const count = Number(values.bodies);
  const pictures = FORMATS.flatMap((format) =>
    fc.sample(mutated(rasterCases(format).map(fileOf)), { numRuns: count, seed: 1 }),
  );
  const image = { name: 'image', datatype: 'BYTES', shape: [1], data: [Buffer.from(SCAN).toString('base64')] };
  const json = new TextEncoder().encode(JSON.stringify({ id: 'x', inputs: [image], outputs: [{ name: 'logits' }] }));
  const requests = fc.sample(mutated([json]), { numRuns: count, seed: 1 });
  const jobs = [
    ...pictures.map((body) => ({ path: '/', body })),
    ...requests.map((body) => ({ path: '/v2/models/digits/infer', body })),
  ];
  const answers: Answer[] = [];
  const client = async () => {
    for (let job = jobs.pop(); job; job = jobs.pop()) answers.push(await post(`${url}${job.path}`, job.body));
  };
  await Promise.all(Array.from({ length: 8 }, client));
  const bad = answers.filter(({ status }) => ![200, 400, 404, 413, 415].includes(status));
  assert.equal(bad.slice(0, 3), []);
  assert.ok(answers.every(({ status, text }) => status === 200 || JSON.parse(text).error.length > 0));
  assert.is((await post(url, SCAN)).status, 200);
  child.kill('SIGTERM');
  assert.is(await ended, 0);
  return `${answers.length} bodies: ${statusesOf(answers)}`;
}

const residentOf = (pid: number) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024;

/** Connections that never send anything, beside requests that are answered as ever. */
async function idleConnections(): Promise<string> {
  const { url, child, ended } = await startCommand();
  const before = residentOf(child.pid!);
  const sockets: Socket[] = [];
  while (sockets.length < Number(values.idle)) {
    const some = Array.from({ length: Math.min(250, Number(values.idle) - sockets.length) }, () => socketTo(url));
    await Promise.all(some.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
    sockets.push(...some);
  }
  const answers: Answer[] = [];
  for (let i = 0; i < 100; i++) answers.push(await post(url, SCAN));
  assert.ok(
    answers.every(({ status }) => status === 200),
    statusesOf(answers),
  );
  const open = sockets.filter(({ destroyed }) => !destroyed).length;
  const after = residentOf(child.pid!);
  child.kill('SIGTERM');
  assert.is(await ended, 0);
  for (const socket of sockets) socket.destroy();
  return `${open} idle connections take ${(after - before).toFixed(0)} MB; 100 requests beside them answered; SIGTERM ends all`;
}

await tally.step('SIGTERM under load loses nothing', terminated);
await tally.step('workers are killed', killedWorkers);
await tally.step('slow senders and half requests', slowSenders);
await tally.step('hostile bodies', hostileBodies);
await tally.step('idle connections', idleConnections);
tally.end();
process.exit();

// node test.mjs: 400 pictures in 40 parts on two workers, which are killed all the time while Redis is killed and started again.
// The result is byte for byte that of one undisturbed run. Needs redis-server, and BEIT, the command of beit-wasm.
import { equal, ok } from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Queue } from 'bullmq';

const PORT = 6390;
const PARTS = 40;
const KILLS = 12;
const TIMEOUT_MS = 240_000;
const scans = resolve(import.meta.dirname, '../../../fixtures/beit-digits/scans');
const beit = process.env.BEIT ?? `${process.execPath} ${resolve(import.meta.dirname, '../../../dist/cli.js')}`;

if (spawnSync('redis-server', ['--version']).status !== 0) {
  console.log('skip: there is no redis-server');
  process.exit(0);
}

const root = mkdtempSync(join(tmpdir(), 'beit-bullmq-'));
const env = { ...process.env, BEIT: beit, BEIT_LOCK_MS: '2000', REDIS_URL: `redis://127.0.0.1:${PORT}` };
const children = new Set();

function start(command, args) {
  const child = spawn(command, args, {
    cwd: import.meta.dirname,
    env,
    stdio: ['ignore', 'ignore', 'ignore'],
    detached: true,
  });
  children.add(child);
  child.on('close', () => children.delete(child));
  return child;
}

/** The worker, and the batch that it runs. */
const kill = (child) => process.kill(-child.pid, 'SIGKILL');
const startRedis = () =>
  start('redis-server', [
    '--port',
    String(PORT),
    '--dir',
    root,
    '--appendonly',
    'yes',
    '--appendfsync',
    'always',
    '--save',
    '',
  ]);
const startWorker = () => start(process.execPath, ['work.mjs']);

/** Name → content of all files of a folder. */
function filesIn(folder) {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = names.map(({ parentPath, name }) => join(parentPath, name)).sort();
  return new Map(paths.map((path) => [path.slice(folder.length), readFileSync(path)]));
}

try {
  const input = join(root, 'pictures');
  mkdirSync(input);
  const sources = readdirSync(scans).filter((name) => name.endsWith('.png'));
  for (let i = 0; i < 400; i++) {
    copyFileSync(join(scans, sources[i % sources.length]), join(input, `${String(i).padStart(4, '0')}.png`));
  }
  const options = ['--task', 'classify', '--shard-size', '10', '--workers', '1'];
  const [command, ...before] = beit.split(' ');
  execFileSync(command, [...before, 'batch', input, join(root, 'expected'), ...options], { stdio: 'ignore' });

  let redis = startRedis();
  await sleep(500);
  execFileSync(process.execPath, ['produce.mjs', input, join(root, 'got'), String(PARTS), ...options], {
    cwd: import.meta.dirname,
    env,
  });
  const workers = [startWorker(), startWorker()];
  for (let i = 0; i < KILLS; i++) {
    await sleep(300 + ((i * 677) % 1100));
    kill(workers[i % 2]);
    workers[i % 2] = startWorker();
    if (i !== KILLS / 2) continue;
    kill(redis);
    await sleep(500);
    redis = startRedis();
  }
  const queue = new Queue('beit-batch', { connection: { host: '127.0.0.1', port: PORT, maxRetriesPerRequest: null } });
  const end = Date.now() + TIMEOUT_MS;
  let counts = await queue.getJobCounts();
  while (counts.completed < PARTS && Date.now() < end) {
    await sleep(250);
    counts = await queue.getJobCounts();
  }
  await queue.close();
  equal(counts.completed, PARTS, JSON.stringify(counts));

  const [expected, got] = [filesIn(join(root, 'expected')), filesIn(join(root, 'got'))];
  equal([...got.keys()].join('\n'), [...expected.keys()].join('\n'));
  for (const [name, bytes] of expected) ok(bytes.equals(got.get(name)), name);
  console.log(
    `ok   ${PARTS} parts with ${KILLS} killed workers and Redis started again: ${got.size} files, byte for byte`,
  );
} finally {
  for (const child of children) kill(child);
  rmSync(root, { recursive: true, force: true });
}

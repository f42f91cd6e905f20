// How fast a large file comes from loopback into the cache, and what it costs in memory, beside a bare fetch:
// node scripts/run.mjs test/slow/hubSpeed.ts [MEGABYTES]
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hubFiles } from '../../src/hub/hubFiles.ts';
import { nodeHubStore } from '../../src/platform/node/hubStore.ts';

const [mode, ...args] = process.argv.slice(2);
const PIECE = 1 << 20;

if (mode === 'child') await measure(args[0], args[1]);
else await serve(Number(mode ?? 512));

/** One measurement in a process of its own: `way` is 'fetch', 'store' (into the cache) or 'stream' (no cache). */
async function measure(way: string, endpoint: string): Promise<void> {
  const cacheDir = mkdtempSync(join(tmpdir(), 'beit-speed-'));
  const before = process.memoryUsage().rss;
  const started = performance.now();
  let bytes = 0;
  if (way === 'fetch') {
    for await (const chunk of (await fetch(`${endpoint}/o/m/resolve/main/f`)).body!) bytes += chunk.length;
  } else {
    const store = way === 'store' ? nodeHubStore(cacheDir) : null;
    const source = (await hubFiles('o/m', { endpoint, store }).open('f'))!;
    if (way === 'store') bytes = source.size;
    else for await (const chunk of source.stream(0, source.size)) bytes += chunk.length;
  }
  const seconds = (performance.now() - started) / 1000;
  rmSync(cacheDir, { recursive: true, force: true });
  const peak = process.resourceUsage().maxRSS * 1024;
  console.log(
    `${way}: ${(bytes / 1e6 / seconds).toFixed(0)} MB/s, ${((peak - before) / 1e6).toFixed(0)} MB over the start`,
  );
}

/** Serves one generated file of `megabytes`, and runs each way against it. */
async function serve(megabytes: number): Promise<void> {
  const piece = randomBytes(PIECE);
  const hash = createHash('sha256');
  for (let i = 0; i < megabytes; i++) hash.update(piece);
  const fields = {
    etag: `"${hash.digest('hex')}"`,
    'x-repo-commit': '0'.repeat(40),
    'content-length': megabytes * PIECE,
  };
  const server = createServer((request, response) => {
    response.writeHead(200, fields);
    if (request.method === 'HEAD') response.end();
    else void send(response, piece, megabytes);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  console.log(`${((megabytes * PIECE) / 1e6).toFixed(0)} MB from loopback`);
  for (const way of ['fetch', 'store', 'stream']) {
    const child = spawn(process.execPath, [process.argv[1], 'child', way, endpoint], { stdio: 'inherit' });
    await new Promise((done) => child.on('close', done));
  }
  server.close();
}

async function send(response: ServerResponse, piece: Uint8Array, times: number): Promise<void> {
  for (let i = 0; i < times && !response.destroyed; i++) {
    if (!response.write(piece)) await new Promise((done) => response.once('drain', done));
  }
  response.end();
}

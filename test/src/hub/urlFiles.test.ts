import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { urlFiles } from '../../../src/hub/urlFiles.ts';
import { openCheckpoint } from '../../../src/weights/checkpoint.ts';
import { refused } from '../refused.ts';

const test = suite('hub/urlFiles');
const BYTES = Uint8Array.from({ length: 200_000 }, (_, i) => (i * 31) % 251);

/** What the server answers, by path; requests are counted. */
const ANSWERS: Record<string, (response: ServerResponse, request: number) => void> = {
  '/m/weights': (response) => response.writeHead(200, { 'content-length': BYTES.length }).end(BYTES),
  '/m/chunked': (response) => {
    response.write(BYTES.subarray(0, 70_000));
    response.end(BYTES.subarray(70_000));
  },
  '/m/page': (response) => response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<html>'),
  '/m/denied': (response) => response.writeHead(403, { 'content-type': 'application/xml' }).end('<Error/>'),
  '/m/config.json': (response) => response.writeHead(200).end('{}'),
  '/m/broken': (response) => response.writeHead(500).end('no'),
  '/m/once': (response, request) =>
    request === 1
      ? response.writeHead(200, { 'content-length': BYTES.length }).end(BYTES)
      : response.writeHead(503).end(),
  '/m/cut': (response) => {
    response.writeHead(200, { 'content-length': BYTES.length }).write(BYTES.subarray(0, 50_000));
    setTimeout(() => response.destroy(), 50);
  },
  '/m/cutChunked': (response) => {
    response.write(BYTES.subarray(0, 50_000));
    setTimeout(() => response.destroy(), 50);
  },
  '/m/slow': (response) => response.writeHead(200, { 'content-length': BYTES.length }).write(BYTES.subarray(0, 50_000)),
};
const requests = new Map<string, number>();

const server = createServer((request: IncomingMessage, response) => {
  const path = request.url!;
  requests.set(path, (requests.get(path) ?? 0) + 1);
  const answer = ANSWERS[path];
  if (answer) answer(response, requests.get(path)!);
  else response.writeHead(404).end();
});
await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
const root = `http://127.0.0.1:${(server.address() as AddressInfo).port}/m`;
test.after(() => {
  server.closeAllConnections();
  server.close();
});

test('a file is streamed in the one response that opened it', async () => {
  for (const folder of [root, `${root}/`]) {
    requests.clear();
    const source = await urlFiles(folder).open('weights');
    assert.is(source!.size, BYTES.length);
    assert.equal(await source!.read(0, 100), BYTES.slice(0, 100));
    assert.equal(await source!.read(1000, 150_000), BYTES.slice(1000, 150_000));
    assert.is(requests.get('/m/weights'), 1);
    assert.equal(await source!.read(2000, 2010), BYTES.slice(2000, 2010), 'going back asks again');
    assert.is(requests.get('/m/weights'), 2);
    source!.release?.();
  }
});

test('without an announced length the file is taken whole', async () => {
  const source = await urlFiles(root).open('chunked');
  assert.equal(await source!.read(0, source!.size), BYTES);
});

test('what is not there, and a start page in its place, is null', async () => {
  assert.is(await urlFiles(root).open('nothing'), null);
  assert.is(await urlFiles(root).open('page'), null);
});

test('what a bucket denies is not there, and a message says that it denied', async () => {
  const files = urlFiles(root);
  assert.is(files.absence!(), '');
  assert.is(await files.open('denied'), null);
  assert.is(files.absence!(), 'the server denies access to "denied"');
  ANSWERS['/m/model.safetensors'] = ANSWERS['/m/denied'];
  const bucket = urlFiles(root);
  await refused(
    () => openCheckpoint(bucket),
    'FileNotFound',
    /Cannot find weights: .*; the server denies access to "model\.safetensors"$/,
  );
  delete ANSWERS['/m/model.safetensors'];
});

test('an error of the server is a network error with its status', async () => {
  await refused(() => urlFiles(root).open('broken'), 'Network', /\/m\/broken": status 500/);
});

test('an error page in a second answer is not taken for weights', async () => {
  const source = await urlFiles(root).open('once');
  await source!.read(100_000, 100_001);
  await refused(() => source!.read(2000, 2001), 'Network', /\/m\/once": status 503/);
});

test('a connection that breaks off is a network error, with and without a length', async () => {
  const source = await urlFiles(root).open('cut');
  await refused(() => source!.read(0, BYTES.length), 'Network', /broke off/);
  await refused(() => urlFiles(root).open('cutChunked'), 'Network', /broke off/);
});

test('nobody there', async () => {
  await refused(
    () => urlFiles('http://127.0.0.1:1/x').open('weights'),
    'Network',
    /Cannot fetch "http:\/\/127.0.0.1:1\/x\/weights"/,
  );
});

test('a fired signal is an abort, before the answer and within it', async () => {
  const files = urlFiles(root, { signal: AbortSignal.abort('enough') });
  assert.is((await refused(() => files.open('weights'), 'Aborted')).cause, 'enough');
  const controller = new AbortController();
  const source = await urlFiles(root, { signal: controller.signal }).open('slow');
  setTimeout(() => controller.abort(), 50);
  await refused(() => source!.read(0, BYTES.length), 'Aborted');
});

test('another fetch can be given', async () => {
  const asked: string[] = [];
  const fetch = async (url: string | URL | Request) => {
    asked.push(String(url));
    return new Response('{}');
  };
  const source = await urlFiles('assets://x', { fetch: fetch as never }).open('config.json');
  assert.equal([asked, source!.size], [['assets://x/config.json'], 2]);
});

test.run();

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pathToFileURL } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { asPictures } from '../../../src/pipelines/picture.ts';
import { refused } from '../refused.ts';

const test = suite('pipelines/picture');
const SCAN = 'fixtures/beit-digits/scans/0005-5.png';
const bytes = new Uint8Array(readFileSync(SCAN));

const server = createServer((request, response) => {
  if (request.url === '/scan.png') response.end(bytes);
  else if (request.url === '/cut.png') {
    response.writeHead(200, { 'content-length': 1000 }).write(bytes);
    setTimeout(() => response.destroy(), 30);
  } else if (request.url === '/never.png') return;
  else response.writeHead(404).end();
});
await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
const root = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
test.after(() => {
  server.close();
});

test('paths and URLs become bytes, the rest stays what it is', async () => {
  const raw = { data: new Uint8Array(3), width: 1, height: 1 };
  const [path, file, url, data, same, ...rest] = await asPictures([
    SCAN,
    pathToFileURL(SCAN),
    `${root}/scan.png`,
    `data:image/png;base64,${Buffer.from(bytes).toString('base64')}`,
    raw,
  ]);
  for (const found of [path, file, url, data]) assert.equal(new Uint8Array(found as Uint8Array), bytes);
  assert.is(same, raw);
  assert.is(rest.length, 0);
  assert.equal(await asPictures(raw), [raw], 'one picture is a list of one');
});

test('what is not there, and what breaks off', async () => {
  await refused(() => asPictures('no/such.png'), 'FileNotFound', /"no\/such\.png": no such file/);
  await refused(() => asPictures(`${root}/none.png`), 'Network', /none\.png": status 404/);
  await refused(() => asPictures(`${root}/cut.png`), 'Network', /Cannot fetch the picture .*cut\.png/);
  await refused(() => asPictures('http://127.0.0.1:1/x.png'), 'Network', /127\.0\.0\.1:1\/x\.png": (?!fetch failed)/);
});

test('a signal ends the wait for a picture', async () => {
  const stop = new AbortController();
  const wait = refused(() => asPictures(`${root}/never.png`, stop.signal), 'Aborted');
  setTimeout(() => stop.abort(), 20);
  await wait;
});

test.run();

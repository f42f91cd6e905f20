import { createReadStream, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pathToFileURL } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { listOfPictures, openPicture, picturePixels } from '../../../src/input/openPicture.ts';
import type { PictureInput } from '../../../src/input/pictureInput.ts';
import { refused } from '../refused.ts';

const test = suite('input/openPicture');
const SCAN = 'fixtures/beit-digits/scans/0005-5.png';
const bytes = new Uint8Array(readFileSync(SCAN));
const base64 = Buffer.from(bytes).toString('base64');

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

test('an encoded picture in every form has the same pixels', async () => {
  const { data, width, height } = await picturePixels(bytes);
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  const padded = new Uint8Array([1, 2, ...bytes, 3]);
  const forms: Record<string, PictureInput> = {
    path: SCAN,
    'file URL': pathToFileURL(SCAN),
    'file URL as text': pathToFileURL(SCAN).href,
    'http URL': `${root}/scan.png`,
    URL: new URL(`${root}/scan.png`),
    'data URI': `data:image/jpeg;base64,${base64}`,
    'data URI, the alphabet of URLs': `data:;base64,${base64.replaceAll('+', '-').replaceAll('/', '_')}`,
    'data URI in percents': `data:,${[...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')}`,
    Buffer: Buffer.from(bytes),
    Uint8ClampedArray: new Uint8ClampedArray(bytes),
    Int8Array: new Int8Array(bytes.slice().buffer),
    DataView: new DataView(padded.buffer, 2, bytes.length),
    ArrayBuffer: bytes.slice().buffer,
    SharedArrayBuffer: shared.buffer as never,
    Blob: new Blob([bytes]),
    File: new File([bytes], 'wrong.gif', { type: 'image/gif' }),
    Response: new Response(bytes),
    Request: new Request(root, { method: 'POST', body: bytes }),
    'web stream': new Blob([bytes]).stream(),
    'stream of Node': createReadStream(SCAN, { highWaterMark: 50 }),
    'stream without an iterator': { getReader: () => new Blob([bytes]).stream().getReader() },
    'file handle': { getFile: async () => new Blob([bytes]) },
    'sharp, encoded': { data: Buffer.from(bytes), info: { width, height, channels: 3, format: 'png' } },
    'sharp, raw': { data: Buffer.from(data), info: { width, height, channels: 3, format: 'raw' } },
    pixels: { data, width, height },
    RawImage: Object.assign(new (class RawImage {})(), { data, width, height, channels: 3 }),
  };
  for (const [form, picture] of Object.entries(forms)) assert.equal((await picturePixels(picture)).data, data, form);
});

test('gray with alpha', async () => {
  const pair = { data: Uint8Array.of(5, 0, 9, 255), width: 2, height: 1, channels: 2 };
  assert.equal([...(await picturePixels(pair)).data], [5, 5, 5, 9, 9, 9]);
});

test('what is not there, and what breaks off', async () => {
  await refused(openPicture('no/such.png'), 'FileNotFound', /"no\/such\.png": no such file/);
  await refused(openPicture(`${root}/none.png`), 'Network', /none\.png": status 404/);
  await refused(openPicture(`${root}/cut.png`), 'Network', /Cannot fetch the picture .*cut\.png/);
  await refused(openPicture('http://127.0.0.1:1/x.png'), 'Network', /127\.0\.0\.1:1\/x\.png": (?!fetch failed)/);
  await refused(
    openPicture(await fetch(`${root}/none.png`)),
    'Network',
    /a Response from "http.*none.png": status 404/,
  );
  const broken = createReadStream('no/such.png');
  await refused(openPicture(broken), 'InvalidImage', /from a stream: ENOENT/);
});

test('a body or a stream that was read before', async () => {
  const response = new Response(bytes);
  await response.arrayBuffer();
  await refused(openPicture(response), 'InvalidArgument', /read before \(pass response\.clone\(\)\)/);
  const stream = new Blob([bytes]).stream();
  stream.getReader();
  await refused(openPicture(stream), 'InvalidImage', /from a stream: .*\(was it read before\?\)/);
});

test('a signal ends the wait for a picture', async () => {
  const stop = new AbortController();
  const wait = refused(openPicture(`${root}/never.png`, stop.signal), 'Aborted');
  setTimeout(() => stop.abort(), 20);
  await wait;
});

test('base64 without its prefix, and broken data URIs, are told in a short message', async () => {
  for (const text of [base64, 'A'.repeat(3e6), `/9j/${'x'.repeat(100)}`]) {
    const { message } = await refused(openPicture(text), 'InvalidArgument', /put "data:image\/png;base64," before/);
    assert.ok(message.length < 250, `${message.length} characters`);
    assert.match(message, new RegExp(`${text.length} characters`));
  }
  await refused(openPicture('data:image/png;base64'), 'InvalidArgument', /no comma/);
  await refused(openPicture('data:image/png;base64,***'), 'InvalidArgument', /base64 is broken/);
  await refused(openPicture('9j/no.png'), 'FileNotFound');
});

test('who is one call away from a picture is told which', async () => {
  const told = (input: unknown, message: RegExp) =>
    refused(picturePixels(input as PictureInput), 'InvalidArgument', message);
  const pixels = new Uint8Array(12);
  await told(undefined, /expected encoded bytes, .* got undefined/);
  await told(null, /got null/);
  await told(7, /got number/);
  await told({}, /got Object/);
  await told(Promise.resolve(bytes), /a promise \(await it first\)/);
  await told({ raw: () => {}, toBuffer: () => {} }, /a sharp object \(pass await image\.raw\(\)\.toBuffer/);
  await told({ bitmap: {} }, /a Jimp image \(pass image\.bitmap\)/);
  await told({ files: [] }, /pass its files/);
  await told({ dims: [1], data: pixels }, /a tensor \(pass \{ data, width, height \}/);
  await told(new Float32Array(4), /a Float32Array \(pixels are given as/);
  await told(
    { data: new Float32Array(12), width: 2, height: 2 },
    /got Float32Array \(multiply values of 0 to 1 by 255\)/,
  );
  await told({ data: [...pixels], width: 2, height: 2 }, /got Array \(pass Uint8Array\.from/);
});

test('16 bits a channel are refused by their depth', async () => {
  const told = (input: unknown, message: RegExp) =>
    refused(picturePixels(input as PictureInput), 'InvalidArgument', message);
  await told(
    { data: Buffer.alloc(24), info: { width: 2, height: 2, channels: 3 } },
    /16 bits a channel\? 8 are read: with sharp/,
  );
  await told({ data: Buffer.alloc(24), width: 2, height: 2 }, /16 bits a channel/);
  await told(
    { data: new Uint16Array(12), width: 2, height: 2 },
    /got Uint16Array \(divide samples of 16 bits by 257\)/,
  );
  await told(
    { data: Buffer.alloc(11), width: 2, height: 2, channels: 3 },
    /expected 3 bytes a pixel, of 1 to 4, got 11 bytes$/,
  );
});

test('a list is a list, also of files', () => {
  const files = { length: 2, 0: new Blob(['a']), 1: new Blob(['b']), [Symbol.toStringTag]: 'FileList' };
  assert.equal(listOfPictures(files as never), [files[0], files[1]]);
  assert.equal(listOfPictures([SCAN, bytes]), [SCAN, bytes]);
  assert.equal(listOfPictures(bytes), [bytes]);
});

test('the limit of pixels holds', async () => {
  await refused(picturePixels(SCAN, { maxPixels: 63 }), 'ImageTooLarge', /limit is 63/);
});

test.run();

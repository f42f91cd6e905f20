import { createServer as createHttpServer } from 'node:http';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isPublicAddress, picturesFrom } from '../../../src/serve/remotePictures.ts';
import { ask, digitsServer, SCAN } from './served.ts';

const test = suite('serve/remotePictures');

/** Answers /scan.png with a scan, /away with a redirect, and counts. */
let asked = 0;
const http = createHttpServer((request, response) => {
  asked++;
  if (request.url === '/scan.png') response.end(SCAN);
  else if (request.url === '/away') response.writeHead(302, { location: '/scan.png' }).end();
  else response.writeHead(404).end();
});
await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
const { port } = http.address() as { port: number };
const host = `pictures.test:${port}`;
const here = async () => ['127.0.0.1'];

test('addresses of the public internet', () => {
  for (const address of ['8.8.8.8', '172.15.0.1', '172.32.0.1', '192.169.0.1', '2606:4700::1111', '2a00:1450::1'])
    assert.ok(isPublicAddress(address), address);
  for (const address of [
    ...[
      '127.0.0.1',
      '10.1.2.3',
      '172.16.0.1',
      '172.31.255.255',
      '192.168.1.1',
      '169.254.169.254',
      '100.64.0.1',
      '0.0.0.0',
    ],
    ...[
      '224.0.0.1',
      '255.255.255.255',
      '::1',
      '::',
      'fe80::1',
      'fd00::1',
      '::ffff:127.0.0.1',
      '::ffff:7f00:1',
      'ff02::1',
    ],
    ...['64:ff9b::7f00:1', '2002:7f00:1::', '2001:db8::1', 'localhost', ''],
  ])
    assert.not(isPublicAddress(address), address);
});

test('URLs are not fetched unless that is asked for', async () => {
  const server = await digitsServer();
  for (const url of [`http://${host}/scan.png`, 'HTTP://127.0.0.1/']) {
    const { status, json } = await ask(server, '/', { inputs: url });
    assert.equal([status, /URLs are not fetched/.test((json as { error: string }).error)], [400, true]);
  }
  assert.is(asked, 0);
});

test('a host on the list is fetched from, over the address that was checked', async () => {
  const server = await digitsServer({ fetchPicture: picturesFrom([host], here, () => true) });
  const { status, json } = await ask(server, '/', { inputs: `http://${host}/scan.png`, parameters: { top_k: 1 } });
  assert.equal([status, (json as { label: string }[])[0]?.label], [200, '5'], JSON.stringify(json));
  assert.is(asked, 1);
});

test('another host, a private address, a redirect, and what is too large are rejected', async () => {
  const tooSmall = { maxBody: 100 };
  const open = picturesFrom([host], here, () => true);
  for (const [fetchPicture, url, status, message, options] of [
    [open, 'http://other.test/scan.png', 400, /not on the list/, {}],
    [open, `http://user@${host}/scan.png`, 400, /not on the list/, {}],
    [open, `http://${host}/away`, 400, /expected status 200, got 302/, {}],
    [open, `http://${host}/scan.png`, 413, /larger than 100 bytes/, tooSmall],
    [picturesFrom([host], here), `http://${host}/scan.png`, 400, /private address/, {}],
    [picturesFrom([host], async () => ['8.8.8.8', '127.0.0.1']), `http://${host}/scan.png`, 400, /private address/, {}],
    [picturesFrom([`127.0.0.1:${port}`]), `http://127.0.0.1:${port}/scan.png`, 400, /private address/, {}],
    [picturesFrom([`[::1]:${port}`]), `http://[::1]:${port}/scan.png`, 400, /private address/, {}],
    [picturesFrom([`localhost:${port}`]), `http://localhost:${port}/scan.png`, 400, /private address/, {}],
    [picturesFrom([host], async () => []), `http://${host}/scan.png`, 400, /has no address/, {}],
  ] as const) {
    const server = await digitsServer({ fetchPicture, ...options });
    const answer = await ask(server, '/', { inputs: url });
    assert.equal([url, answer.status], [url, status], JSON.stringify(answer.json));
    assert.match((answer.json as { error: string }).error, message);
  }
});

test.after(() => {
  http.closeAllConnections();
  http.close();
});
test.run();

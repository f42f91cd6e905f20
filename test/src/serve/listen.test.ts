import { connect } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { listen } from '../../../src/serve/listen.ts';
import { setTurnAway } from '../../../src/serve/turningAway.ts';
import { digitsServer, SCAN } from './served.ts';

const test = suite('serve/listen');

test('answers over HTTP and finishes what is in flight before it closes', async () => {
  const { url, close } = await listen(await digitsServer(), { port: 0 });
  const running = Promise.all(Array.from({ length: 5 }, () => fetch(url, { method: 'POST', body: SCAN as BodyInit })));
  await new Promise((resolve) => setTimeout(resolve, 20));
  const closed = close();
  assert.equal(
    (await running).map(({ status }) => status),
    [200, 200, 200, 200, 200],
  );
  await closed;
  await fetch(url).then(
    () => assert.unreachable(),
    () => {},
  );
});

test('a client that goes away, a half request and idle connections hurt nobody', async () => {
  const { url, close } = await listen(await digitsServer(), { port: 0, grace: 2000 });
  const port = Number(new URL(url).port);
  const idle = Array.from({ length: 50 }, () => connect(port, '127.0.0.1'));
  const half = connect(port, '127.0.0.1');
  half.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc');
  const gone = new AbortController();
  const lost = fetch(url, { method: 'POST', body: SCAN as BodyInit, signal: gone.signal }).catch(() => null);
  gone.abort();
  await lost;
  const { status } = await fetch(url, { method: 'POST', body: SCAN as BodyInit });
  assert.is(status, 200);
  half.destroy();
  for (const socket of idle) socket.destroy();
  await close();
});

/** A listener that takes nothing under `/busy`, and how many of its requests were read. */
async function busyListener() {
  const read: string[] = [];
  const fetch = async (request: Request) => {
    read.push(await request.text());
    return new Response('taken');
  };
  const server = { fetch, load: async () => [], drain: async () => {} };
  const busy = { status: 429, headers: { 'retry-after': '7' }, body: '{"error":"busy"}' };
  setTurnAway(server, ({ method, path, header }) =>
    method === 'POST' && path === '/busy' && header('host') ? busy : null,
  );
  return { ...(await listen(server, { port: 0 })), read };
}

/** What comes on a connection until `end`, after each of `parts` was sent when the answer to the one before had come. */
async function exchange(url: string, parts: readonly string[], end: RegExp): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  let text = '';
  let heard = () => {};
  socket.on('data', (chunk) => {
    text += chunk;
    heard();
  });
  for (const [i, part] of parts.entries()) {
    socket.write(part);
    const came = () => (i === parts.length - 1 ? end.test(text) : text.split('HTTP/1.1 ').length > i + 1);
    while (!came()) {
      await new Promise<void>((resolve) => {
        heard = resolve;
      });
    }
  }
  socket.destroy();
  return text;
}

test('what cannot be taken is answered before its body came, and the connection lives on', async () => {
  const { url, close, read } = await busyListener();
  const head = (path: string, more = '') => `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n${more}\r\n`;
  const text = await exchange(url, [head('/busy'), `12345${head('/free')}abcde`], /taken/);
  assert.match(text, /^HTTP\/1\.1 429 .*retry-after: 7.*{"error":"busy"}HTTP\/1\.1 200 /s);
  assert.not.match(text, /connection: close/i);
  const asked = head('/busy', 'Expect: 100-continue\r\n');
  assert.match(await exchange(url, [asked], /busy"}/), /^HTTP\/1\.1 429 .*connection: close/is);
  const free = head('/free', 'Expect: 100-continue\r\n');
  assert.match(await exchange(url, [free, 'fghij'], /taken/), /^HTTP\/1\.1 100 Continue.*HTTP\/1\.1 200 /s);
  assert.equal(read, ['abcde', 'fghij']);
  await close();
});

test('an address that is taken rejects', async () => {
  const { url, close } = await listen(await digitsServer(), { port: 0 });
  const again = listen(await digitsServer(), { port: Number(new URL(url).port) });
  await again.then(
    () => assert.unreachable(),
    (error) => assert.is(error.code, 'EADDRINUSE'),
  );
  await close();
});

test.run();

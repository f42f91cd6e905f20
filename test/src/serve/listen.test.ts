import { connect } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { listen } from '../../../src/serve/listen.ts';
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

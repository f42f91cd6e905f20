import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HttpError } from '../../../src/serve/httpError.ts';
import { PassQueue } from '../../../src/serve/passQueue.ts';

const test = suite('serve/passQueue');
const never = new AbortController().signal;
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function rejectedWith(promise: Promise<unknown>, status: number): Promise<HttpError> {
  const error = await promise.then(
    () => null,
    (reason) => reason,
  );
  assert.instance(error, HttpError);
  assert.is(error.status, status, error.message);
  return error;
}

test('passes run one after the other', async () => {
  const queue = new PassQueue({ maxQueue: 10, timeout: 1000 });
  let running = 0;
  const pass = async () => {
    assert.is(++running, 1);
    await sleep(2);
    running--;
  };
  await Promise.all(Array.from({ length: 5 }, () => queue.run(pass, never)));
  assert.is(queue.length, 0);
});

test('a queue that is longer than the deadline rejects at once', async () => {
  const queue = new PassQueue({ maxQueue: 10, timeout: 1000 });
  await queue.run(() => sleep(50), never);
  const first = queue.run(() => sleep(50), never);
  const error = await rejectedWith(
    queue.run(() => sleep(1), never, { timeout: 10 }),
    429,
  );
  assert.is(error.retryAfter, 1);
  await first;
});

test('a deadline stops a pass that waits, a client that goes away too', async () => {
  const queue = new PassQueue({ maxQueue: 10, timeout: 1000 });
  const first = queue.run(() => sleep(60), never);
  let ran = false;
  const mark = async () => {
    ran = true;
  };
  await rejectedWith(queue.run(mark, never, { timeout: 10 }), 504);
  const client = new AbortController();
  const gone = queue.run(mark, client.signal);
  client.abort();
  await rejectedWith(gone, 499);
  await first;
  await queue.idle();
  assert.is(ran, false);
});

test('a deadline counts from when the request came', async () => {
  const queue = new PassQueue({ maxQueue: 10, timeout: 1000 });
  const late = { timeout: 100, arrival: performance.now() - 99 };
  const error = await rejectedWith(
    queue.run((signal) => new Promise((_, reject) => signal.addEventListener('abort', reject)), never, late),
    504,
  );
  assert.match(error.message, 'within 100 ms');
});

test('a deadline keeps a reserve, but what need not wait is always tried', async () => {
  const queue = new PassQueue({ maxQueue: 10, timeout: 1000 });
  await queue.run(() => sleep(60), never);
  const first = queue.run(() => sleep(1), never, { timeout: 61 });
  await rejectedWith(
    queue.run(() => sleep(1), never, { timeout: 125 }),
    429,
  );
  await first;
});

test('errors of a pass come through, and the next pass runs', async () => {
  const queue = new PassQueue({ maxQueue: 10, timeout: 1000 });
  const failed = await queue
    .run(async () => {
      throw new Error('no');
    }, never)
    .catch((error) => error.message);
  assert.is(failed, 'no');
  assert.is((await queue.run(async () => 5, never)).result, 5);
});

test.run();

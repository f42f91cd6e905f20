import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HttpError } from '../../../src/serve/httpError.ts';
import { PassQueue } from '../../../src/serve/passQueue.ts';
import { FakeClock } from './fakeClock.ts';

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

/** Requests at even distances by a clock of its own; what each got, and after how long. */
async function underLoad(seconds: number, every: number, passTime: (now: number) => number) {
  const clock = new FakeClock();
  const queue = new PassQueue({ maxQueue: 64, timeout: 500, workers: 2 });
  const answers: { readonly status: number; readonly took: number }[] = [];
  clock.install();
  try {
    const pass = () => new Promise<void>((resolve) => setTimeout(resolve, passTime(clock.now)));
    for (let at = 0; at < 1000 * seconds; at += every) {
      await clock.runUntil(at);
      const told = (status: number) => void answers.push({ status, took: clock.now - at });
      queue.run(pass, never).then(
        () => told(200),
        ({ status }) => told(status),
      );
    }
    await clock.runUntil(1000 * seconds + 1000);
  } finally {
    clock.uninstall();
  }
  const statuses = new Set(answers.map(({ status }) => status));
  const good = answers.filter(({ status }) => status === 200);
  return { statuses: [...statuses].sort(), good: good.length, longest: Math.max(...good.map(({ took }) => took)) };
}

test('at twice the capacity all that is accepted is answered in time, the rest is a 429, and no pass is wasted', async () => {
  // two workers, 20 to 60 ms a pass: 50 a second
  const { statuses, good, longest } = await underLoad(20, 10, (now) => 20 + ((now * 7919) % 41));
  assert.equal(statuses, [200, 429]);
  assert.ok(longest <= 500, `${longest} ms`);
  assert.ok(good >= 0.97 * 20 * 50, `${good} answers`);
});

test('passes that become 1.8 times as slow are still in time', async () => {
  const { statuses, longest } = await underLoad(20, 10, (now) => (now > 10_000 ? 72 : 40));
  assert.equal(statuses, [200, 429]);
  assert.ok(longest <= 500, `${longest} ms`);
});

test('passes that become six times as slow cost those that wait already, and no others', async () => {
  const { statuses, good } = await underLoad(20, 10, (now) => (now > 10_000 ? 240 : 40));
  assert.equal(statuses, [200, 429, 504]);
  assert.ok(good >= 0.95 * (10 * 50 + 10 * 8.3) - 20, `${good} answers`);
});

test('what cannot be taken is known without running it', async () => {
  const queue = new PassQueue({ maxQueue: 1, timeout: 1000 });
  assert.is(queue.rejection(), null);
  const passes = [queue.run(() => sleep(20), never), queue.run(() => sleep(1), never)];
  assert.is(queue.rejection()!.status, 429);
  assert.match(
    queue.rejection(Number.POSITIVE_INFINITY)!.message,
    /^Cannot take the request: 1 requests wait already$/,
  );
  await Promise.all(passes);
  assert.is(queue.rejection(), null);
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

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sleep } from '../../../../src/hub/http/timing.ts';

const test = suite('hub/timing');
const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

test('wakes at once when aborted, and leaves no timer behind', async () => {
  // out of the runner's own timer
  await new Promise((resolve) => setImmediate(resolve));
  const before = timers();
  const controller = new AbortController();
  let error: { code: string; cause: unknown } | undefined;
  void sleep(60_000, controller.signal).catch((thrown) => {
    error = thrown;
  });
  assert.is(timers(), before + 1);
  controller.abort('stop');
  // of promises alone: no timer can fire in between
  for (let i = 0; i < 5; i++) await Promise.resolve();
  assert.equal([error?.code, error?.cause], ['Aborted', 'stop']);
  assert.is(timers(), before);
});

test('does not begin to sleep under a signal that fired, and sleeps to the end without one', async () => {
  const before = timers();
  const error = await sleep(60_000, AbortSignal.abort('early')).catch((thrown) => thrown);
  assert.equal([error.code, error.cause, timers()], ['Aborted', 'early', before]);
  await sleep(1, undefined);
});

test.run();

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sleep } from '../../../src/hub/timing.ts';

const test = suite('hub/timing');

test('wakes at once when aborted', async () => {
  const controller = new AbortController();
  setTimeout(() => controller.abort('stop'), 10);
  const started = performance.now();
  const error = await sleep(60_000, controller.signal).catch((thrown) => thrown);
  assert.is(error.code, 'Aborted');
  assert.is(error.cause, 'stop');
  assert.ok(performance.now() - started < 5_000);
});

test.run();

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BeitError } from '../../../../src/errors.ts';
import { AttemptFailed, Retry, retryAfter } from '../../../../src/hub/http/retry.ts';
import { DEFAULT_TIMING } from '../../../../src/hub/http/timing.ts';

const test = suite('hub/retry');
const NOW = Date.parse('2026-11-23T12:00:00Z');
const failure = (wait: number | null = null): AttemptFailed => new AttemptFailed(new BeitError('Network', 'no'), wait);

function recorded(): { delays: number[]; retry: Retry } {
  const delays: number[] = [];
  const timing = { ...DEFAULT_TIMING, sleep: async (ms: number) => void delays.push(ms) };
  return { delays, retry: new Retry(timing, undefined) };
}

test('reads Retry-After as seconds or as a date', () => {
  assert.is(retryAfter('120', NOW), 120_000);
  assert.is(retryAfter(' 0 ', NOW), 0);
  assert.is(retryAfter('Mon, 23 Nov 2026 12:01:00 GMT', NOW), 60_000);
  assert.is(retryAfter('Sun, 22 Nov 2026 12:01:00 GMT', NOW), 0);
  assert.is(retryAfter('whenever', NOW), null);
  assert.is(retryAfter(null, NOW), null);
});

test('doubles the delay and gives up with the last error', async () => {
  const { delays, retry } = recorded();
  const outcome = await (async () => {
    for (;;) await retry.wait(failure());
  })().catch((error) => error);
  assert.equal(delays, [500, 1000, 2000, 4000, 8000]);
  assert.instance(outcome, BeitError);
  assert.match(outcome.message, /gave up after 6 attempts/);
});

test('tries twice where there is no way to the server', async () => {
  const { delays, retry } = recorded();
  const outcome = await (async () => {
    for (;;) await retry.wait(new AttemptFailed(new BeitError('Network', 'no'), null, true));
  })().catch((error) => error);
  assert.equal(delays, [500]);
  assert.match(outcome.message, /gave up after 2 attempts/);
});

test('starts over once a megabyte has come, and not before', async () => {
  const { delays, retry } = recorded();
  await retry.wait(failure());
  retry.progress(1000);
  await retry.wait(failure());
  retry.progress(1 << 20);
  await retry.wait(failure());
  assert.equal(delays, [500, 1000, 500]);
});

test.run();

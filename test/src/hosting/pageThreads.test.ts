import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Channel } from '../../../src/hosting/channel.ts';
import { PageThreads } from '../../../src/hosting/pageThreads.ts';
import { Control } from '../../../src/wasm/threads/control.ts';
import type { ThreadEvents } from '../../../src/wasm/threads/thread.ts';
import { refused } from '../refused.ts';

const test = suite('hosting/pageThreads');

const control = new Control(3);
const start = { control: control.buffer, index: 2, threads: 3 };
const told: unknown[] = [];
const channel = { call: async (...call: unknown[]) => void told.push(call) } as unknown as Channel;

test('the end of a thread is put where a sleeping leader looks, and told', () => {
  let events: ThreadEvents | undefined;
  const page = new PageThreads(
    (_, given) => {
      events = given;
      return { go: () => {}, alive: () => undefined, terminate: async () => {} };
    },
    () => channel,
  );
  page.methods.startThread({ id: 7, start }, AbortSignal.abort());
  events!.ready();
  assert.is(control.failed, 0);
  events!.failed(new Error('it was ended'));
  assert.is(control.failed, 2);
  assert.equal(told, [
    ['threadReady', 7],
    ['threadFailed', { id: 7, why: 'it was ended' }],
  ]);
});

test('a page without workers says so', async () => {
  const page = new PageThreads(null, () => channel);
  await refused(() => page.methods.startThread({ id: 0, start }, AbortSignal.abort()), 'UnsupportedRuntime');
});

test.run();

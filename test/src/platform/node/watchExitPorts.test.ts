import { MessageChannel } from 'node:worker_threads';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { watchExitPorts } from '../../../../src/platform/node/watchExitPorts.ts';
import { Control } from '../../../../src/wasm/threads/control.ts';
import type { Thread } from '../../../../src/wasm/threads/thread.ts';

const test = suite('platform/node/watchExitPorts');
const later = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A thread that consists of its exitPort alone, and what ends it. */
function mortal(): { thread: Thread; die: () => void } {
  const { port1, port2 } = new MessageChannel();
  const thread = { go: () => {}, alive: () => undefined, terminate: async () => {}, liveness: port1 };
  return { thread, die: () => port2.close() };
}

/** Until the command block names a thread; the test's own time limit is that of the runner. */
async function failedOf(control: Control): Promise<number> {
  while (control.failed === 0) await later(5);
  return control.failed;
}

test('the end of a thread is written into the command block, and that of no other', async () => {
  const control = new Control(4);
  const mortals = [mortal(), mortal(), mortal()];
  const watcher = watchExitPorts(
    mortals.map(({ thread }) => thread),
    control,
  );
  watcher.arm();
  watcher.arm();
  await later(300);
  assert.is(control.failed, 0);
  mortals[1].die();
  assert.is(await failedOf(control), 2);
  watcher.end();
});

test('an end before anybody listens is heard too', async () => {
  const control = new Control(2);
  const { thread, die } = mortal();
  const watcher = watchExitPorts([thread], control);
  die();
  watcher.arm();
  assert.is(await failedOf(control), 1);
  watcher.end();
});

test('without need nothing is started', () => {
  watchExitPorts([mortal().thread], new Control(2)).end();
});

test.run();

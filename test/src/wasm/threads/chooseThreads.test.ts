import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { BeitError } from '../../../../src/errors.ts';
import { chooseThreads } from '../../../../src/wasm/threads/chooseThreads.ts';
import type { StartThread } from '../../../../src/wasm/threads/thread.ts';

const test = suite('wasm/threads/chooseThreads');

const start = (() => {
  throw new Error('not started here');
}) as StartThread;

const refusal = (action: () => unknown): BeitError => {
  try {
    action();
  } catch (error) {
    return error as BeitError;
  }
  throw new Error('expected a refusal');
};

/** Runs `action` while a global has another value. */
function withGlobal(name: string, value: unknown, action: () => void): void {
  const before = Object.getOwnPropertyDescriptor(globalThis, name);
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  try {
    action();
  } finally {
    if (before) Object.defineProperty(globalThis, name, before);
    else Reflect.deleteProperty(globalThis, name);
  }
}

test('auto takes the cores, at most 8, and says what keeps it', () => {
  assert.equal(chooseThreads('auto', { cores: 4, start }), { threads: 4, threadsReason: 'the machine has 4 cores' });
  assert.is(chooseThreads('auto', { cores: 96, start }).threads, 8);
  assert.is(chooseThreads('auto', { cores: 1, start }).threads, 1);
});

test('a number is an order', () => {
  assert.is(chooseThreads(6, { cores: 2, start }).threads, 6);
  assert.is(chooseThreads(1, { cores: 8, start: null }).threads, 1);
  assert.is(refusal(() => chooseThreads(2, { cores: 8, start: null })).code, 'UnsupportedRuntime');
  for (const wrong of [0, -1, 1.5, Number.NaN, 65, '2' as unknown as number]) {
    assert.is(refusal(() => chooseThreads(wrong, { cores: 8, start })).code, 'InvalidArgument');
  }
});

test('without workers, isolation, shared memory or the right to wait there is one thread', () => {
  const auto = () => chooseThreads('auto', { cores: 8, start });
  assert.equal(chooseThreads('auto', { cores: 8, start: null }), {
    threads: 1,
    threadsReason: 'this runtime has no workers',
  });
  withGlobal('crossOriginIsolated', false, () => {
    assert.is(auto().threads, 1);
    assert.match(auto().threadsReason, 'not cross-origin isolated');
    assert.is(refusal(() => chooseThreads(2, { cores: 8, start })).code, 'UnsupportedRuntime');
  });
  withGlobal('crossOriginIsolated', true, () => assert.is(auto().threads, 8));
  withGlobal('SharedArrayBuffer', undefined, () => assert.match(auto().threadsReason, 'no shared memory'));
  const refusing = { ...Atomics, wait: () => assert.unreachable() };
  withGlobal('Atomics', refusing, () => assert.match(auto().threadsReason, 'must not wait'));
});

test.run();

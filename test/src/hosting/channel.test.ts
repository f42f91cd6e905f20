import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BeitError } from '../../../src/errors.ts';
import { Channel, fromWire, type Methods, Transferred, toWire } from '../../../src/hosting/channel.ts';
import { refused } from '../refused.ts';
import { ports } from './ports.ts';

const test = suite('hosting/channel');

/** Two ends with these methods; ends with the test. */
async function between(there: Methods, run: (here: Channel, there: Channel) => Promise<void>, here: Methods = {}) {
  const ends = ports();
  const far = new Channel(ends.there, there);
  await run(new Channel(ends.here, here), far).finally(ends.close);
}

test('each answer goes to its own call, in whatever order they come, and in both directions', async () => {
  const later = async (ms: number) => {
    await new Promise((done) => setTimeout(done, ms));
    return ms;
  };
  const run = async (here: Channel, there: Channel) => {
    const answers = await Promise.all([here.call('later', 30), here.call('later', 1), there.call('double', 21)]);
    assert.equal(answers, [30, 1, 42]);
  };
  await between({ later }, run, { double: (n: number) => 2 * n });
});

test('what is handed over is gone here; what a method wraps is gone there; the rest is copied', async () => {
  let kept = new Uint8Array(0);
  const twice = (bytes: Uint8Array) => {
    kept = bytes.map((byte) => 2 * byte);
    return new Transferred(kept, [kept.buffer]);
  };
  await between({ twice, echo: (bytes: Uint8Array) => bytes }, async (here) => {
    const bytes = Uint8Array.of(1, 2);
    assert.equal(await here.call('twice', bytes, undefined, [bytes.buffer]), Uint8Array.of(2, 4));
    assert.equal([bytes.length, kept.length], [0, 0]);
    const own = Uint8Array.of(3);
    assert.equal([await here.call('echo', own), own], [Uint8Array.of(3), Uint8Array.of(3)]);
  });
});

test('an error keeps its code; a method that does not exist, and a value that cannot cross, are errors too', async () => {
  const methods = {
    fail: () => Promise.reject(new BeitError('OutOfMemory', 'too much')),
    odd: () => () => 0,
  };
  await between(methods, async (here) => {
    await refused(here.call('fail', null), 'OutOfMemory', /^too much$/);
    for (const method of ['odd', 'none']) {
      const error = await here.call(method, null).catch((thrown) => thrown);
      assert.instance(error, Error);
      assert.not.instance(error, BeitError);
    }
  });
});

test('an abort reaches the method that runs, before and during the call, and no other', async () => {
  const seen: string[] = [];
  const wait = (name: string, signal: AbortSignal) =>
    new Promise((done) => {
      const stop = () => {
        seen.push(name);
        done(name);
      };
      signal.addEventListener('abort', stop);
      setTimeout(done, 300, 'waited');
    });
  await between({ wait }, async (here) => {
    const controller = new AbortController();
    const calls = [
      here.call('wait', 'before', AbortSignal.abort()),
      here.call('wait', 'during', controller.signal),
      here.call('wait', 'never'),
    ];
    setTimeout(() => controller.abort(), 10);
    assert.equal(await Promise.all(calls), ['before', 'during', 'waited']);
    assert.equal(seen, ['before', 'during']);
  });
});

test('closing rejects what is pending and what comes later with the first reason', async () => {
  await between({ wait: () => new Promise(() => {}) }, async (here) => {
    assert.is(here.closed, null);
    const pending = [refused(here.call('wait', 1), 'Disposed'), refused(here.call('wait', 2), 'Disposed')];
    const reason = new BeitError('Disposed', 'gone');
    here.close(reason);
    here.close(new BeitError('WorkerFailed', 'again'));
    for (const error of await Promise.all(pending)) assert.is(error, reason);
    assert.is(await refused(here.call('wait', 3)), reason);
    assert.is(here.closed, reason);
  });
});

const crossed = (error: unknown) => fromWire(structuredClone(toWire(error)));

test('an error of this library keeps code, message and the causes of causes', () => {
  const cause = new TypeError('fetch failed', { cause: new BeitError('Aborted', 'enough') });
  const error = crossed(new BeitError('Network', 'no answer', { cause }));
  assert.instance(error, BeitError);
  assert.equal([(error as BeitError).code, error.message, error.name], ['Network', 'no answer', 'BeitError']);
  const inner = error.cause as Error;
  assert.not.instance(inner, BeitError);
  assert.is(inner.message, 'fetch failed');
  assert.equal([(inner.cause as BeitError).code, (inner.cause as Error).cause], ['Aborted', undefined]);
});

test('what others throw is an error with its words, whatever it was', () => {
  for (const [thrown, message] of [
    [new RangeError('too far'), 'too far'],
    ['text', 'text'],
    [undefined, 'undefined'],
    [null, 'null'],
    [{ code: 'Network', message: 'a lie' }, '{code: "Network", message: "a lie"}'],
  ] as const) {
    const error = crossed(thrown);
    assert.instance(error, Error);
    assert.not.instance(error, BeitError);
    assert.is(error.message, message);
    assert.not.ok('cause' in error);
  }
});

test('a reason of an abort that is no error crosses as its words', () => {
  assert.is((crossed(new BeitError('Aborted', 'x', { cause: 'enough' })).cause as Error).message, 'enough');
});

test.run();

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BeitError } from '../../../src/errors.ts';
import { fromWire, toWire } from '../../../src/hosting/wireError.ts';

const test = suite('hosting/wireError');
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

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { cut, escaped, quoted } from '../../src/quoted.ts';

const test = suite('quoted');

test('plain values', () => {
  const shown = ['x', 3, null, undefined, true, 5n, [1, 2, 3, 4, 5], { a: 1, b: [2], c: 'x', d: 4, e: 5 }].map(quoted);
  assert.equal(shown, [
    '"x"',
    '3',
    'null',
    'undefined',
    'true',
    '5',
    '[1, 2, 3, 4, …]',
    '{a: 1, b: [2], c: "x", d: 4, …}',
  ]);
  assert.equal([[], {}, () => 1, Symbol('s'), new Float32Array(2), new Map()].map(quoted), [
    '[]',
    '{}',
    'a function',
    'a symbol',
    '8 bytes',
    '{}',
  ]);
});

test('what is long or deep is cut', () => {
  let deep: unknown = 1;
  for (let i = 0; i < 100_000; i++) deep = i % 2 ? [deep] : { deep };
  const long = 'x'.repeat(1e6);
  for (const value of [deep, long, [long, long, long, long], { [long]: long }, 10n ** 5000n, Array(1e6).fill(long)]) {
    assert.ok(quoted(value).length <= 400, quoted(value).slice(0, 500));
  }
  assert.is(quoted([[[1]]]), '[[[…]]]');
  assert.is(quoted(long), `"${'x'.repeat(120)}…"`);
  assert.is(cut('abc', 2), 'ab…');
});

test('characters that are not seen are escaped', () => {
  assert.is(
    quoted('a\nb\u001b[31m\u007f\u0085\u2028\u202e\ud800'),
    '"a\\u000ab\\u001b[31m\\u007f\\u0085\\u2028\\u202e\\ud800"',
  );
  assert.is(escaped('größe “ü” ×'), 'größe “ü” ×');
  assert.is(quoted({ 'a\u0000': '\r' }), '{a\\u0000: "\\u000d"}');
});

test('nothing of the value is called', () => {
  const thrower = () => {
    throw new Error('called');
  };
  const values = [
    { toString: 1, valueOf: 2 },
    { toString: thrower, valueOf: thrower, toJSON: thrower, [Symbol.toPrimitive]: thrower },
    Object.defineProperty({}, 'x', { get: thrower, enumerable: true }),
    Object.create(null),
    [{ toString: 1 }],
  ];
  assert.equal(values.map(quoted).slice(0, 3), [
    '{toString: 1, valueOf: 2}',
    '{toString: a function, valueOf: a function, toJSON: a function}',
    '{x: …}',
  ]);
  const traps = { ownKeys: thrower, getPrototypeOf: thrower, get: thrower, getOwnPropertyDescriptor: thrower };
  assert.is(quoted(new Proxy({}, traps)), 'an object');
  assert.is(quoted(new Proxy([1], traps)), 'an object');
});

test.run();

import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BeitError, check, checkChoice, reason, throwIfAborted } from '../../src/errors.ts';
import { refused } from './refused.ts';

const test = suite('errors');

test('an error carries its code, its message and its cause', () => {
  const cause = new Error('below');
  const error = new BeitError('Network', 'Cannot fetch "x": no answer', { cause });
  assert.instance(error, Error);
  assert.equal(
    [error.name, error.code, error.message, error.cause],
    ['BeitError', 'Network', 'Cannot fetch "x": no answer', cause],
  );
  assert.match(String(error.stack), /^BeitError: Cannot fetch/);
});

test('check throws unless the condition holds, and makes the message only then', async () => {
  check(1, 'InvalidArgument', () => {
    throw new Error('the message was made for nothing');
  });
  await refused(() => check(0, 'InvalidImage', 'no picture'), 'InvalidImage', /^no picture$/);
  await refused(() => check(null, 'InvalidConfig', () => 'made late'), 'InvalidConfig', /^made late$/);
});

test('a fired signal throws with its reason as cause', async () => {
  throwIfAborted(undefined);
  throwIfAborted(new AbortController().signal);
  const error = await refused(() => throwIfAborted(AbortSignal.abort('enough')), 'Aborted');
  assert.is(error.cause, 'enough');
});

test('every code is explained', () => {
  const text = readFileSync('src/errors.ts', 'utf8');
  const codes = [...text.slice(text.indexOf('export type ErrorCode')).matchAll(/^ {2}\| '(\w+)'/gm)].map((m) => m[1]);
  const explained = [...text.matchAll(/^ \* - `(\w+)`: .{10}/gm)].map((m) => m[1]);
  assert.ok(codes.length > 15);
  assert.equal(explained, codes);
});

test('a choice is one of those that are known, or none', async () => {
  checkChoice('color', undefined, ['red', 'blue']);
  checkChoice('color', 'blue', ['red', 'blue']);
  await refused(
    () => checkChoice('color', 'green', ['red', 'blue']),
    'InvalidArgument',
    /color: .* red, blue, got green/,
  );
});

test('the reason is the innermost message', () => {
  const inner = new Error('getaddrinfo ENOTFOUND');
  assert.is(reason(new TypeError('fetch failed', { cause: inner })), 'getaddrinfo ENOTFOUND');
  assert.is(reason(new RangeError()), 'RangeError');
  assert.is(reason('odd'), 'odd');
  assert.is(reason(''), 'no answer');
});

test.run();

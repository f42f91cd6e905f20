import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { jsonText, parseJson } from '../../src/json.ts';
import { refused } from './refused.ts';

const test = suite('json');
const parse = (text: string) => parseJson(text, 'InvalidConfig', 'the text');

test('reads what JSON.parse reads', () => {
  const property = fc.property(fc.jsonValue({ maxDepth: 6 }), fc.constantFrom(0, 1), (value, indent) => {
    const text = JSON.stringify(value, null, indent);
    assert.equal(parse(text), JSON.parse(text));
  });
  fc.assert(property, { numRuns: 1000, seed: 1 });
});

test('refuses what JSON.parse refuses', async () => {
  const letters = fc.constantFrom(...'{}[]",:0123456789.eE+-tfnu\\rals \n\u0001é');
  const native = (text: string) => {
    try {
      return { value: JSON.parse(text) };
    } catch {
      return null;
    }
  };
  const property = fc.asyncProperty(fc.string({ unit: letters, maxLength: 12 }), async (text) => {
    const expected = native(text);
    if (expected) assert.equal(parse(text), expected.value);
    else await refused(() => parse(text), 'InvalidConfig', /^Cannot read the text: not JSON, /);
  });
  await fc.assert(property, { numRuns: 3000, seed: 2 });
});

test("Python's numbers that are not finite", async () => {
  assert.equal(parse('{"a":NaN,"b":[Infinity,-Infinity,-1],"NaN":"NaN, Infinity"}'), {
    a: Number.NaN,
    b: [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1],
    NaN: 'NaN, Infinity',
  });
  assert.equal(parse('["?NaN",NaN]'), ['?NaN', Number.NaN]);
  assert.equal(parse('"\\"NaN"'), '"NaN');
  for (const text of ['NaNNaN', '+Infinity', '- Infinity', 'nan', '--Infinity', 'xNaN', '{NaN:1}']) {
    await refused(() => parse(text), 'InvalidConfig', /not JSON/);
  }
});

test('equal keys: the last counts; keys that objects treat in their own way are plain', () => {
  assert.equal(parse('{"a":1,"a":2}'), { a: 2 });
  const odd = parse('{"__proto__":1,"toString":2}') as object;
  assert.equal(Object.keys(odd), ['__proto__', 'toString']);
  assert.is(Object.getPrototypeOf(odd), Object.prototype);
});

test('nesting is bounded, brackets in strings are none', async () => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
  assert.ok(parse(nested(64)));
  for (const text of [nested(65), '{"a":'.repeat(100_000), '['.repeat(1e6)]) {
    await refused(() => parse(text), 'InvalidConfig', /nested deeper than 64/);
  }
  assert.is(parse(`"${'['.repeat(1000)}"`), '['.repeat(1000));
});

test('the text of a value reads back alike', () => {
  const value = {
    a: Number.NaN,
    b: [Number.NEGATIVE_INFINITY, 1e300, '#number NaN'],
    c: { d: Number.POSITIVE_INFINITY },
  };
  assert.equal(parse(jsonText(value)), value);
  assert.match(jsonText(value), /"a": NaN,[\s\S]*-Infinity,[\s\S]*"d": Infinity/);
  assert.is(jsonText({ a: 1 }), '{\n  "a": 1\n}\n');
});

test.run();

import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BeitError } from '../../../../src/errors.ts';
import { type Json, parseStrictJson } from '../../../../src/weights/safetensors/strictJson.ts';

const test = suite('weights/strictJson');
const parse = (text: string) => parseStrictJson(text, 'InvalidCheckpoint', 'the text');

/** As `JSON.parse` gives it. */
function loose(value: Json): unknown {
  if (Array.isArray(value)) return value.map(loose);
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [key, loose(item)]));
  return value !== null && typeof value === 'object' ? value.fraction : value;
}

test('reads what JSON.stringify writes', () => {
  const json = fc
    .jsonValue({ maxDepth: 6, noUnicodeString: false })
    .filter((value) => !/\\ud[89a-f]/i.test(JSON.stringify(value)));
  const property = fc.property(json, fc.constantFrom(0, 1, 2), (value, indent) => {
    const text = JSON.stringify(value, null, indent);
    assert.equal(loose(parse(text)), JSON.parse(text));
  });
  fc.assert(property, { numRuns: 2000, seed: 4 });
});

test('refuses exactly what JSON.parse refuses, but for doubled keys, depth and lone surrogates', () => {
  const letters = fc.constantFrom(...'{}[]",:0123456789.eE+-tfnu\\rals \n\u0001é');
  const property = fc.property(fc.string({ unit: letters, maxLength: 12 }), (text) => {
    const strict = attempt(() => loose(parse(text)));
    const native = attempt(() => JSON.parse(text));
    if (strict.refused && !native.refused) assert.match(strict.message, /twice|deeper|escape/);
    else assert.equal([strict.refused, strict.value], [native.refused, native.value], text);
  });
  fc.assert(property, { numRuns: 6000, seed: 5 });
});

function attempt(read: () => unknown): { refused: boolean; value?: unknown; message: string } {
  try {
    return { refused: false, value: read(), message: '' };
  } catch (error) {
    assert.ok(error instanceof BeitError || error instanceof SyntaxError, String(error));
    return { refused: true, message: (error as Error).message };
  }
}

test('tells integers from other numbers', () => {
  assert.equal(parse('[0,12,-1,1.0,1e2]'), [0, 12, { fraction: -1 }, { fraction: 1 }, { fraction: 100 }]);
});

test('keeps keys that objects treat in their own way', () => {
  const map = parse('{"__proto__":1,"constructor":2}') as Map<string, Json>;
  assert.equal(
    [...map],
    [
      ['__proto__', 1],
      ['constructor', 2],
    ],
  );
});

test.run();

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bytesSource } from '../../../../src/weights/bytes/byteSource.ts';
import { readSafetensors } from '../../../../src/weights/safetensors/safetensors.ts';
import { assertRefused, outcome } from '../refusal.ts';
import { wrapHeader } from './safetensorsFile.ts';

const test = suite('weights/safetensors');
const NAME = 'model.safetensors';

/** A header with one tensor `a`, some of its fields replaced; `data` bytes follow. */
const one = (fields: Record<string, unknown>, data = 8) => {
  return wrapHeader(JSON.stringify({ a: { dtype: 'F32', shape: [2], data_offsets: [0, 8], ...fields } }), data);
};
const raw = (header: string, data = 8) => wrapHeader(header, data);
const entry = '{"dtype":"F32","shape":[2],"data_offsets":[0,8]}';
const u8 = (begin: number, end: number) => ({ dtype: 'U8', shape: [end - begin], data_offsets: [begin, end] });
const bytes = (...values: number[]) => Uint8Array.from(values);
const text = (value: string) => new TextEncoder().encode(value);
const utf8 = (...broken: number[]) => {
  const header = [...text('{"'), ...broken, ...text(`":${entry}}`)];
  return wrapHeader(Uint8Array.from(header), 8);
};
const deep = (n: number) => raw(`{"a":${'['.repeat(n)}${']'.repeat(n)}}`);

const REFUSED: Record<string, Record<string, Uint8Array>> = {
  'length of the file or of the header': {
    'an empty file': bytes(),
    'one byte': bytes(0),
    'seven bytes': bytes(0, 0, 0, 0, 0, 0, 0),
    'a length of 0': bytes(0, 0, 0, 0, 0, 0, 0, 0),
    'a length of 1': wrapHeader('{', 0),
    'a length beyond the file': wrapHeader(`{"a":${entry}}`, 8, 1000),
    'a length one beyond the file': wrapHeader('{}', 0, 3),
    'a length beyond the limit': wrapHeader('{}', 0, 10_000_001),
    'a length of 2³²': wrapHeader('{}', 0, 2n ** 32n),
    'a length of 2⁵³': wrapHeader('{}', 0, 2n ** 53n),
    'a length of 2⁶³': wrapHeader('{}', 0, 2n ** 63n),
    'a length of 2⁶⁴ − 1': wrapHeader('{}', 0, 2n ** 64n - 1n),
    'a header cut off': wrapHeader(`{"a":${entry}}`, 8).subarray(0, 30),
    'a length that cuts the header': wrapHeader(`{"a":${entry}}`, 8, 20),
    'a length that takes in data': wrapHeader(`{"a":${entry}}`, 8, `{"a":${entry}}`.length + 4),
    'data cut off by one byte': one({}, 7),
    'data cut off whole': one({}, 0),
    'one byte too much': one({}, 9),
    'a second file behind the first': one({}, 8 + 60),
  },
  'what is no JSON': {
    'a space first': raw(` {"a":${entry}}`),
    'a byte order mark': wrapHeader(Uint8Array.from([0xef, 0xbb, 0xbf, ...text(`{"a":${entry}}`)]), 8),
    'a list': raw('[]', 0),
    'a string': raw('"a"', 0),
    'a number': raw('12', 0),
    null: raw('null', 0),
    'two objects': raw('{}{}', 0),
    'an object and a word': raw('{} x', 0),
    'an open object': raw('{"a":'),
    'an open string': raw('{"a'),
    'no colon': raw(`{"a" ${entry}}`),
    'no value': raw('{"a":}'),
    'a comma too much': raw(`{"a":${entry},}`),
    'a comma too few': raw(`{"a":${entry}"b":${entry}}`),
    'a key without quotes': raw(`{a:${entry}}`),
    'single quotes': raw(`{'a':${entry}}`),
    'a comment': raw(`{"a":${entry}/* */}`),
    NaN: raw('{"a":NaN}'),
    'a number with a leading zero': raw('{"a":{"dtype":"F32","shape":[02],"data_offsets":[0,8]}}'),
    'a hexadecimal number': raw('{"a":{"dtype":"F32","shape":[0x2],"data_offsets":[0,8]}}'),
    'a tab in a string': raw(`{"a\tb":${entry}}`),
    'a zero byte in a string': raw(`{"a\u0000":${entry}}`),
    'an unknown escape': raw(`{"\\x61":${entry}}`),
    'a short escape': raw(`{"\\u12":${entry}}`),
    'a lone surrogate': raw(`{"\\ud800":${entry}}`),
    'zero bytes behind the object': raw('{}\u0000\u0000', 0),
    'nesting of 17': deep(17),
    'nesting of 100,000': deep(100_000),
    'objects 50,000 deep': raw('{"a":'.repeat(50_000)),
  },
  'what is no UTF-8': {
    'a continuation byte': utf8(0x80),
    'a byte that never occurs': utf8(0xff),
    'an overlong slash': utf8(0xc0, 0xaf),
    'a surrogate': utf8(0xed, 0xa0, 0x80),
    'a sequence cut short': utf8(0xe2, 0x82),
    'beyond U+10FFFF': utf8(0xf4, 0x90, 0x80, 0x80),
    'Latin-1': utf8(0xe9),
  },
  'keys that stand twice': {
    'a tensor': raw(`{"a":${entry},"a":${entry}}`),
    'a tensor, once escaped': raw(`{"a":${entry},"\\u0061":${entry}}`),
    'a dtype': raw('{"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}'),
    'a shape': raw('{"a":{"dtype":"F32","shape":[2],"shape":[2],"data_offsets":[0,8]}}'),
    offsets: raw('{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"data_offsets":[0,8]}}'),
    metadata: raw('{"__metadata__":{},"__metadata__":{}}', 0),
    'a key of the metadata': raw('{"__metadata__":{"a":"","a":""}}', 0),
  },
  'metadata that are no strings': {
    'a number': raw('{"__metadata__":{"a":1}}', 0),
    null: raw('{"__metadata__":{"a":null}}', 0),
    'a list': raw('{"__metadata__":{"a":[]}}', 0),
    'an object': raw('{"__metadata__":{"a":{}}}', 0),
    'a string as a whole': raw('{"__metadata__":"a"}', 0),
    'null as a whole': raw('{"__metadata__":null}', 0),
    'a tensor': raw(`{"__metadata__":${entry}}`),
  },
  'entries that are none': {
    null: raw('{"a":null}', 0),
    'a list': raw('{"a":[]}', 0),
    'a number': raw('{"a":8}'),
    empty: raw('{"a":{}}', 0),
    'no dtype': one({ dtype: undefined }),
    'no shape': one({ shape: undefined }),
    'no offsets': one({ data_offsets: undefined }),
    'an unknown dtype': one({ dtype: 'F31' }),
    'a dtype in lower case': one({ dtype: 'f32' }),
    'a dtype of every object': one({ dtype: 'toString' }),
    'a dtype __proto__': one({ dtype: '__proto__' }),
    'a dtype that is a number': one({ dtype: 32 }),
    'a shape that is a number': one({ shape: 2 }),
    'a shape of strings': one({ shape: ['2'] }),
    'a negative size': one({ shape: [-2] }),
    'two negative sizes': one({ shape: [-1, -2] }),
    'a broken size': one({ shape: [0.5, 4] }),
    'a size of 2.0': raw('{"a":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}}'),
    'a size of 2e0': raw('{"a":{"dtype":"F32","shape":[2e0],"data_offsets":[0,8]}}'),
    'a size of -0': raw('{"a":{"dtype":"F32","shape":[-0],"data_offsets":[0,0]}}', 0),
    'a size of 1e400': raw('{"a":{"dtype":"F32","shape":[1e400],"data_offsets":[0,8]}}'),
    'a size of null': one({ shape: [null] }),
    'a nested shape': one({ shape: [[2]] }),
    '65 axes': one({ shape: [2, ...new Array(64).fill(1)] }),
    'three offsets': one({ data_offsets: [0, 8, 8] }),
    'one offset': one({ data_offsets: [8] }),
    'offsets of strings': one({ data_offsets: ['0', '8'] }),
    'a negative offset': one({ data_offsets: [-8, 0] }),
    'a broken offset': one({ data_offsets: [0.5, 8.5] }),
  },
  'sizes that do not fit': {
    'a shape too small': one({ shape: [1] }),
    'a shape too large': one({ shape: [3] }),
    'a scalar': one({ shape: [] }),
    'a dtype too wide': one({ dtype: 'F64' }),
    'a dtype too narrow': one({ dtype: 'F16' }),
    'an empty tensor with data': one({ shape: [0] }),
    'offsets turned round': one({ data_offsets: [8, 0] }),
    'a product of 2⁶⁴': one({ shape: [2 ** 32, 2 ** 32] }),
    'a product of 2⁶⁴ + 2': one({ shape: [2 ** 33, 2 ** 31, 1] }),
    'a product of 2⁵³ bytes': one({ shape: [2 ** 51] }),
    'a product of 2⁵⁴ elements': one({ shape: [2 ** 27, 2 ** 27] }),
    'an overflow that a zero follows': one({ shape: [2 ** 40, 2 ** 40, 0], data_offsets: [0, 0] }, 0),
    'a terabyte in a short file': one({ shape: [2 ** 38], data_offsets: [0, 2 ** 40] }),
    'half a byte of F4': one({ dtype: 'F4', shape: [1], data_offsets: [0, 1] }, 1),
    'six bits of F6': one({ dtype: 'F6_E2M3', shape: [3], data_offsets: [0, 2] }, 2),
  },
  'holes and overlaps': {
    'a hole at the begin': one({ data_offsets: [8, 16] }, 16),
    'a hole between': raw(JSON.stringify({ a: u8(0, 4), b: u8(5, 8) })),
    'a hole at the end': raw(JSON.stringify({ a: u8(0, 4), b: u8(4, 7) })),
    'an overlap by one': raw(JSON.stringify({ a: u8(0, 5), b: u8(4, 8) })),
    'the same bytes twice': raw(JSON.stringify({ a: u8(0, 8), b: u8(0, 8) })),
    'one inside another': raw(JSON.stringify({ a: u8(0, 8), b: u8(2, 4) })),
    'beyond the end': raw(JSON.stringify({ a: u8(0, 8), b: u8(8, 12) })),
    'an empty one in the middle of another': raw(JSON.stringify({ a: u8(0, 8), b: u8(4, 4) })),
    'data without tensors': raw('{}', 8),
    'a hole hidden by the order': raw(JSON.stringify({ c: u8(6, 8), a: u8(0, 3), b: u8(4, 6) })),
  },
};

await outcome(one({}), NAME);
const count = Object.values(REFUSED).reduce((sum, group) => sum + Object.keys(group).length, 0);
test(`there are at least 100 hostile files: ${count}`, () => assert.ok(count >= 100));

for (const [what, files] of Object.entries(REFUSED)) {
  test(`refuses ${what}`, async () => {
    for (const [label, file] of Object.entries(files)) await assertRefused(file, NAME, 'InvalidCheckpoint', label);
  });
}

test('knows types it cannot convert, and refuses them by another code', async () => {
  const f4 = one({ dtype: 'F4', shape: [16] });
  assert.is((await readSafetensors(bytesSource(NAME, f4))).tensors[0].dtype, 'F4');
  assert.is(await outcome(f4, NAME), 'UnsupportedFormat');
  assert.is(await outcome(one({ dtype: 'C64', shape: [1] }), NAME), 'UnsupportedFormat');
});

test('accepts what the reference accepts', async () => {
  const accepted = {
    'no tensors': raw('{}', 0),
    'spaces behind the object': raw(`{"a":${entry}}        `),
    'spaces within': raw(`{ "a" :\n${entry}\r\t}`),
    'fields of later versions': one({ note: { x: [1.5, -2e3, true] } }),
    'an order of its own': raw(JSON.stringify({ b: u8(4, 8), a: u8(0, 4) })),
    'a scalar': one({ shape: [], data_offsets: [0, 4] }, 4),
    'an empty tensor': one({ shape: [3, 0], data_offsets: [0, 0] }, 0),
    'empty tensors between others': raw(JSON.stringify({ a: u8(0, 4), b: u8(4, 4), c: u8(4, 8) })),
    'names that objects have': raw(`{"__proto__":${entry}}`),
    'names of any letters': raw(`{"weiß/\\u00e9\\ud83d\\ude00":${entry}}`),
    metadata: raw('{"__metadata__":{"format":"pt"}}', 0),
  };
  for (const [label, file] of Object.entries(accepted)) assert.is(await outcome(file, NAME), 'accepted', label);
});

test('lists tensors in the order in which they lie', async () => {
  const file = raw(JSON.stringify({ c: u8(6, 8), a: u8(0, 3), b: u8(3, 6) }));
  const { tensors } = await readSafetensors(bytesSource(NAME, file));
  assert.equal(
    tensors.map((tensor) => tensor.name),
    ['a', 'b', 'c'],
  );
});

test.run();

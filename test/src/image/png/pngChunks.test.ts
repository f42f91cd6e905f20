import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { PNG_SIGNATURE, pngChunks } from '../../../../src/image/png/pngChunks.ts';
import { refused } from '../../refused.ts';
import { chunk, png, word } from './pngOf.ts';

const test = suite('image/png/pngChunks');
const listed = (bytes: Uint8Array) => [...pngChunks(bytes)].map(({ type, data }) => [type, ...data]);
const read = (bytes: Uint8Array) => () => listed(bytes);

test('gives the chunks in order, as views, up to IEND', () => {
  const whole = Uint8Array.from([9, ...png(chunk('aaaa', [1, 2, 3]), chunk('bbbb')), ...chunk('cccc')]).subarray(1);
  assert.equal(listed(whole), [['aaaa', 1, 2, 3], ['bbbb'], ['IEND']]);
  const [first] = pngChunks(whole);
  assert.is(first.data.buffer, whole.buffer);
});

test('what follows IEND need not be a chunk', () => {
  assert.equal(listed(Uint8Array.from([...png(), 1, 2, 3])), [['IEND']]);
});

test('refuses a wrong CRC, by the name of the chunk, and gives those before it', async () => {
  const bytes = png(chunk('aaaa', [1]), chunk('bbbb', [2, 3]));
  for (const at of [8 + 13 + 4, 8 + 13 + 9, 8 + 13 + 13]) {
    const broken = bytes.slice();
    broken[at] ^= 1;
    const chunks = pngChunks(broken);
    assert.is(chunks.next().value!.type, 'aaaa');
    await refused(() => chunks.next(), 'InvalidImage', /chunk .bbb|chunk cbbb|chunk bbbb/);
  }
});

test('refuses a chunk longer than the file, and a file without IEND', async () => {
  const lying = Uint8Array.from([...PNG_SIGNATURE, ...word(2 ** 31), ...chunk('aaaa').slice(4)]);
  await refused(read(lying), 'InvalidImage', /chunk aaaa is truncated, expected 2147483648 bytes, got 0/);
  await refused(read(png(chunk('aaaa')).slice(0, -12)), 'InvalidImage', /truncated after 20 bytes/);
  await refused(read(Uint8Array.from(PNG_SIGNATURE)), 'InvalidImage', /truncated/);
  await refused(read(png().slice(0, -1)), 'InvalidImage', /truncated/);
});

test('from the data on nothing is checked, and what is cut or no chunk ends the file', () => {
  const bytes = png(chunk('aaaa'), chunk('IDAT', [1, 2]), chunk('bbbb', [3]));
  const broken = bytes.slice();
  broken[8 + 12 + 8 + 2] ^= 1; // the CRC of IDAT
  assert.equal(listed(broken), [['aaaa'], ['IDAT', 1, 2], ['bbbb', 3], ['IEND']]);
  assert.equal(listed(bytes.slice(0, 8 + 12 + 8 + 1)), [['aaaa'], ['IDAT', 1]]);
  assert.equal(listed(bytes.slice(0, -4)), [['aaaa'], ['IDAT', 1, 2], ['bbbb', 3], ['IEND']]);
  const junk = Uint8Array.from([...bytes.slice(0, -12), 0, 0, 0, 0, 1, 2, 3, 4]);
  assert.equal(listed(junk), [['aaaa'], ['IDAT', 1, 2], ['bbbb', 3]]);
});

test.run();

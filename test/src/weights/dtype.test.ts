import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { filesOf } from '../../../src/weights/bytes/byteSource.ts';
import { bytesOf, toFloat32 } from '../../../src/weights/dtype.ts';
import { refused } from '../refused.ts';
import { readAll } from './readAll.ts';

const test = suite('weights/dtype');
const file = readFileSync('fixtures/formats/conversions.safetensors');
const tensors = await readAll(filesOf({ 'model.safetensors': file }));

for (const name of ['f8_e4m3', 'f8_e5m2', 'f8_e8m0', 'i64', 'i32', 'f64', 'f16']) {
  test(`${name} converts as torch converts it`, () => {
    const [got, expected] = [tensors.get(name)!.data, tensors.get(`${name}.f32`)!.data];
    assert.ok(got.length > 200);
    for (let i = 0; i < got.length; i++)
      assert.ok(Object.is(got[i], expected[i]), `${i}: ${got[i]} is not ${expected[i]}`);
  });
}

/** A half by its definition: (−1)ˢ · 2^(e − 15) · 1.m, without the leading one for e = 0. */
function half(h: number): number {
  const [e, m] = [(h >> 10) & 31, h & 1023];
  const size = e === 31 ? (m ? Number.NaN : Infinity) : e === 0 ? m * 2 ** -24 : (1 + m / 1024) * 2 ** (e - 15);
  return h & 0x8000 ? -size : size;
}

test('all halves and all bfloat16 widen exactly, at any alignment', () => {
  const all = Uint16Array.from({ length: 1 << 16 }, (_, i) => i);
  const bytes = new Uint8Array(2 * all.length + 1);
  bytes.set(new Uint8Array(all.buffer), 1);
  for (const at of [new Uint8Array(all.buffer), bytes.subarray(1)]) {
    const halves = toFloat32('F16', at, new Float32Array(all.length));
    const brains = toFloat32('BF16', at, new Float32Array(all.length));
    const bits = new Uint32Array(brains.buffer);
    for (let i = 0; i < all.length; i++) {
      assert.ok(Object.is(halves[i], half(i)), `half ${i}`);
      assert.ok(bits[i] === i * 65536, `bfloat16 ${i}`);
    }
  }
});

test('u64 beyond 2⁵³ rounds once', () => {
  const values = [2n ** 64n - 1n, 2n ** 63n + 2n ** 39n, 2n ** 63n + 2n ** 39n + 1n, 2n ** 63n + 2n ** 39n - 1n, 5n];
  const got = toFloat32('U64', new Uint8Array(BigUint64Array.from(values).buffer), new Float32Array(5));
  assert.equal([...got], [2 ** 64, 2 ** 63, 2 ** 63 + 2 ** 40, 2 ** 63, 5]);
});

test('float32 at a multiple of four is viewed, elsewhere copied', () => {
  const bytes = new Uint8Array(12);
  new DataView(bytes.buffer).setFloat32(4, 1.5, true);
  const scratch = new Float32Array(2);
  const view = toFloat32('F32', bytes.subarray(4), scratch);
  assert.is(view.buffer, bytes.buffer);
  assert.is(view[0], 1.5);
  const copy = toFloat32('F32', bytes.subarray(1, 5), scratch);
  assert.is(copy.buffer, scratch.buffer);
});

test('unsigned, signed and boolean bytes', () => {
  const bytes = Uint8Array.of(0, 1, 2, 255);
  assert.equal([...toFloat32('U8', bytes, new Float32Array(4))], [0, 1, 2, 255]);
  assert.equal([...toFloat32('I8', bytes, new Float32Array(4))], [0, 1, 2, -1]);
  assert.equal([...toFloat32('BOOL', bytes, new Float32Array(4))], [0, 1, 1, 1]);
  assert.equal([...toFloat32('I16', bytes, new Float32Array(2))], [256, -254]);
  assert.equal([...toFloat32('U16', bytes, new Float32Array(2))], [256, 65282]);
  assert.equal([...toFloat32('U32', bytes, new Float32Array(1))], [4278321408]);
});

test('types that have no float32 value are refused by name', async () => {
  await refused(() => bytesOf('F4'), 'UnsupportedFormat');
  await refused(() => bytesOf('F6_E2M3'), 'UnsupportedFormat');
  await refused(() => toFloat32('C64', new Uint8Array(8), new Float32Array(1)), 'UnsupportedFormat');
  await refused(() => toFloat32('F8_E4M3FNUZ', new Uint8Array(1), new Float32Array(1)), 'UnsupportedFormat');
});

test.run();

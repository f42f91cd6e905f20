import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { npy } from '../../../src/batch/npy.ts';

const test = suite('batch/npy');

/** NumPy's format 1.0, read by its description. */
function parse(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer);
  assert.equal([...bytes.subarray(0, 8)], [0x93, 78, 85, 77, 80, 89, 1, 0], 'magic and version');
  const length = view.getUint16(8, true);
  assert.is((10 + length) % 64, 0, 'data begins on a multiple of 64');
  const header = new TextDecoder().decode(bytes.subarray(10, 10 + length));
  assert.ok(header.endsWith('\n'));
  const values = Array.from({ length: (bytes.length - 10 - length) / 4 }, (_, i) =>
    view.getFloat32(10 + length + 4 * i, true),
  );
  return { header: header.trim(), values };
}

test('rows, one behind the other, also of views', () => {
  const all = new Float32Array([9, 1, 2, 3, 4, 5, 6]);
  const { header, values } = parse(npy([all.subarray(1, 4), all.subarray(4)]));
  assert.is(header, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }");
  assert.equal(values, [1, 2, 3, 4, 5, 6]);
});

test('no rows', () => {
  const { header, values } = parse(npy([]));
  assert.match(header, /'shape': \(0, 0\)/);
  assert.equal(values, []);
});

test.run();

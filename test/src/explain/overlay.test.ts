import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ADE20K_PALETTE } from '../../../src/explain/ade20kPalette.ts';
import { heatOverlay, segmentOverlay } from '../../../src/explain/overlay.ts';
import { Tensor } from '../../../src/tensor.ts';

const test = suite('explain/overlay');
const gray = { data: new Uint8Array(12).fill(100), width: 2, height: 2, channels: 3 };

test('heat is clear where it is lowest and hottest where it is highest', () => {
  const { data } = heatOverlay(gray, new Tensor('float32', new Float32Array([0, 1, 1, 2]), [2, 2]), 1);
  assert.equal([...data.subarray(0, 4)], [100, 100, 100, 255]);
  assert.equal([...data.subarray(12, 16)], [255, 255, 255, 255]);
});

test('a flat map leaves the picture alone, gray pictures are widened', () => {
  const one = { data: new Uint8Array([7]), width: 1, height: 1, channels: 1 };
  assert.equal([...heatOverlay(one, new Tensor('float32', new Float32Array(4), [2, 2])).data], [7, 7, 7, 255]);
});

test('segments take the colors of the palette, ignored pixels stay', () => {
  const segmentation = new Tensor('int32', new Int32Array([0, 1, 255, -1]), [2, 2]);
  const { data } = segmentOverlay(gray, segmentation, ADE20K_PALETTE, { opacity: 1 });
  assert.equal([...data.subarray(0, 4)], [120, 120, 120, 255]);
  assert.equal([...data.subarray(4, 8)], [180, 120, 120, 255]);
  assert.equal([...data.subarray(8)], [100, 100, 100, 255, 100, 100, 100, 255]);
  assert.throws(() => segmentOverlay(gray, new Tensor('int32', new Int32Array(1), [1, 1]), ADE20K_PALETTE), /\[2, 2\]/);
});

test('the palette has the 150 colors of ADE20K', () => {
  assert.is(ADE20K_PALETTE.length, 150);
  assert.equal(ADE20K_PALETTE[149], [92, 0, 255]);
  assert.ok(new Set(ADE20K_PALETTE.map(String)).size >= 149);
});

test('an overlay is what ImageData takes', () => {
  // held by the compiler: this runtime has no ImageData
  const draw = (overlay: ReturnType<typeof heatOverlay>) => new ImageData(overlay.data, overlay.width, overlay.height);
  assert.type(draw, 'function');
});

test.run();

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ADE20K_PALETTE } from '../../../src/explain/ade20kPalette.ts';

const test = suite('explain/ade20kPalette');

test('150 colours of bytes, walls grey and sky blue', () => {
  assert.is(ADE20K_PALETTE.length, 150);
  assert.ok(ADE20K_PALETTE.flat().every((value) => Number.isInteger(value) && value >= 0 && value <= 255));
  assert.equal(
    [ADE20K_PALETTE[0], ADE20K_PALETTE[2]],
    [
      [120, 120, 120],
      [6, 230, 230],
    ],
  );
  assert.equal(ADE20K_PALETTE[149], [92, 0, 255]);
});

test('no two classes look the same but those that mmsegmentation draws alike', () => {
  const seen = new Set(ADE20K_PALETTE.map(String));
  assert.ok(seen.size >= 148, String(seen.size));
});

test.run();

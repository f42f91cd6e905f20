import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { alignStages } from '../../../../../src/model/beit/config/stages.ts';

const test = suite('model/beit/stages');
const align = (outFeatures: string[] | null, outIndices: number[] | null) =>
  alignStages({ numHiddenLayers: 4, outFeatures, outIndices });

test('none given means the last stage', () => {
  assert.equal(align(null, null), { outFeatures: ['stage4'], outIndices: [4] });
});

test('one gives the other, negative indices count from the end', () => {
  assert.equal(align(['stem', 'stage2'], null), { outFeatures: ['stem', 'stage2'], outIndices: [0, 2] });
  assert.equal(align(null, [1, -1]), { outFeatures: ['stage1', 'stage4'], outIndices: [1, 4] });
  assert.equal(align(['stage1'], [1]), { outFeatures: ['stage1'], outIndices: [1] });
});

test('what does not fit is refused', () => {
  assert.throws(() => align(['stage9'], null), /expected some of stem/);
  assert.throws(() => align(null, [5]), /expected -5 to 4, got 5/);
  assert.throws(() => align(['stage1'], [2]), /do not correspond/);
  assert.throws(() => align(null, [2, 1]), /in order/);
  assert.throws(() => align(null, [1, 1]), /unique/);
  assert.throws(() => align(null, []), /unique and in order/);
});

test.run();

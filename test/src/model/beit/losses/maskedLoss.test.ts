import { suite } from 'uvu';
import { BeitConfig } from '../../../../../src/model/beit/config/config.ts';
import { maskedLoss } from '../../../../../src/model/beit/losses/maskedLoss.ts';
import { Tensor } from '../../../../../src/tensor.ts';
import { refused } from '../../../refused.ts';
import { floats, int64, near } from './lossTensors.ts';

const test = suite('model/beit/maskedLoss');

test('masked modeling counts masked patches alone, image after image', async () => {
  const config = new BeitConfig({ vocabSize: 2 });
  const mask = new Tensor('bool', Uint8Array.of(0, 1, 1, 0), [2, 2]);
  const logits = floats([9, 9, 0, Math.log(3), 5, 5, 9, 9], [2, 2, 2]);
  near(maskedLoss(config, int64(1, 0), mask)(logits), (Math.log(4 / 3) + Math.log(2)) / 2, 1e-7);
  near(maskedLoss(config, int64(-100, 0), mask)(logits), Math.log(2));
  await refused(
    () => maskedLoss(config, int64(0), mask),
    'InvalidArgument',
    /each of the 2 masked patches, got dims \[1\]/,
  );
  await refused(() => maskedLoss(config, int64(0, 2), mask), 'InvalidArgument', /expected 0 to 1.*got 2 at 1/);
  await refused(() => maskedLoss(config, int64(0, 0), undefined), 'InvalidArgument', /boolMaskedPos/);
});

test.run();

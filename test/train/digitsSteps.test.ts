import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { takeDigitsSteps } from './digitsSteps.ts';

const test = suite('train/digitsSteps');

for (const [run, start] of [
  ['finetune', 'beit-digits'],
  ['pretrain', 'beit-digits-pt'],
])
  test(`three steps of the run that made the digits model (${run}) give PyTorch's parameters`, async () => {
    const { loss, parameters, where } = await takeDigitsSteps(
      `fixtures/train/digits_steps/${run}`,
      `fixtures/${start}`,
    );
    assert.ok(loss < 1e-5, `loss: ${loss} apart`);
    assert.ok(parameters < 1e-5, `${where}: ${parameters}`);
  });

test.run();

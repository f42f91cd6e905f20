import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Backend, Kinds } from '../../../../../../src/backend.ts';
import { BeitConfig, type BeitConfigInit } from '../../../../../../src/model/beit/config/config.ts';
import {
  auxiliaryParams,
  auxiliaryState,
  computeAuxiliary,
} from '../../../../../../src/model/beit/heads/segmentation/auxiliaryHead.ts';
import { Parameters } from '../../../../../../src/model/beit/params/parameters.ts';
import { ReferenceBackend } from '../../../../../reference/backend.ts';
import { refused } from '../../../../refused.ts';
import { fillSlots, planesOf, randomMap } from './fillSlots.ts';

const test = suite('model/beit/heads/segmentation/auxiliaryHead');
const GRID = { height: 3, width: 4 };
const DIM = 3;

function headOf(init: BeitConfigInit) {
  const backend: Backend<Kinds> = new ReferenceBackend();
  const config = new BeitConfig({ hiddenSize: DIM, numAttentionHeads: 1, numLabels: 5, auxiliaryChannels: 2, ...init });
  const p = new Parameters<Kinds>(backend, 'f32');
  const params = auxiliaryParams(p, config);
  return { backend, config, params, values: fillSlots(p) };
}

type Planes = number[][];

/** relu(batch norm(3×3 convolution)) of [c][h·w], zeros around it. */
function convolved(values: Record<string, Float32Array>, name: string, x: Planes): Planes {
  const of = (part: string) => values[`auxiliary_head.${name}.${part}`];
  const { height, width } = GRID;
  const at = (c: number, y: number, column: number) =>
    y < 0 || column < 0 || y >= height || column >= width ? 0 : x[c][y * width + column];
  return Array.from(of('bn.weight'), (gamma, o) =>
    Array.from({ length: height * width }, (_, i) => {
      let sum = 0;
      for (let c = 0; c < x.length; c++) {
        for (let tap = 0; tap < 9; tap++) {
          const weight = of('conv.weight')[(o * x.length + c) * 9 + tap];
          sum += weight * at(c, Math.floor(i / width) + Math.floor(tap / 3) - 1, (i % width) + (tap % 3) - 1);
        }
      }
      const normed = (sum - of('bn.running_mean')[o]) / Math.sqrt(of('bn.running_var')[o] + 1e-5);
      return Math.max(gamma * normed + of('bn.bias')[o], 0);
    }),
  );
}

for (const [auxiliaryNumConvs, auxiliaryConcatInput] of [
  [1, false],
  [2, false],
  [3, true],
  [1, true],
  [0, true],
  [0, false],
] as const) {
  test(`${auxiliaryNumConvs} convolutions${auxiliaryConcatInput ? ', the input beside them' : ''}`, async () => {
    const auxiliaryChannels = auxiliaryNumConvs === 0 ? DIM : 2;
    const { backend, config, params, values } = headOf({ auxiliaryNumConvs, auxiliaryConcatInput, auxiliaryChannels });
    const state = auxiliaryState(backend, config, GRID);
    for (const image of [1, 2]) {
      const feature = randomMap(backend, GRID, DIM, image);
      computeAuxiliary(backend, params, state, feature, config);
      const input = await planesOf(backend, feature, DIM);
      let x = input;
      for (let i = 0; i < auxiliaryNumConvs; i++) x = convolved(values, `convs.${i}`, x);
      if (auxiliaryConcatInput) x = convolved(values, 'conv_cat', [...input, ...x]);
      const [weight, bias] = ['weight', 'bias'].map((part) => values[`auxiliary_head.classifier.${part}`]);
      for (const [label, plane] of (await planesOf(backend, state.scores, 5)).entries()) {
        for (const [i, score] of plane.entries()) {
          const expected = x.reduce((sum, channel, c) => sum + weight[label * x.length + c] * channel[i], bias[label]);
          assert.ok(Math.abs(score - expected) < 1e-4 * (1 + Math.abs(expected)), `${score}, expected ${expected}`);
        }
      }
    }
  });
}

test('without convolutions the channels are those of the model', async () => {
  const init = { auxiliaryNumConvs: 0, auxiliaryChannels: 2 };
  await refused(() => headOf(init), 'InvalidConfig', /auxiliary_channels must be hidden_size 3, got 2/);
});

test.run();

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { backboneArchitecture } from '../../../../../src/model/beit/heads/backbone.ts';
import { bodyArchitecture } from '../../../../../src/model/beit/heads/body.ts';
import { activations } from '../../../../reference/activation.ts';
import { refused } from '../../../refused.ts';
import { runTiny } from '../tinyModel.ts';

const test = suite('model/beit/heads/backbone');
const backbone = backboneArchitecture as never;
const [DIM, TOKENS] = [8, 7];

/** The last hidden state after so many blocks, [B, 7, 8]: mean pooling leaves it without a norm. */
async function hiddenState(numHiddenLayers: number, images = 1): Promise<number[]> {
  const { outputs } = await runTiny(bodyArchitecture(false) as never, { init: { numHiddenLayers }, images });
  return outputs.lastHiddenState.data;
}

/** [B, 8, 2·3]: the patch tokens of it. */
const asMap = (hidden: number[], images = 1) =>
  Array.from({ length: images * DIM * 6 }, (_, i) => {
    const [b, c, patch] = [Math.floor(i / (6 * DIM)), Math.floor(i / 6) % DIM, i % 6];
    return hidden[(b * TOKENS + 1 + patch) * DIM + c];
  });

test('hidden states as maps, image by image, without the class token', async () => {
  const { outputs } = await runTiny(backbone, { init: { outIndices: [1, 2] }, images: 2 });
  assert.equal(Object.keys(outputs), ['featureMaps.0', 'featureMaps.1']);
  for (const i of [0, 1]) {
    assert.equal(outputs[`featureMaps.${i}`], { dims: [2, DIM, 2, 3], data: asMap(await hiddenState(i + 1, 2), 2) });
  }
});

test('or as they are, with it', async () => {
  const init = { outIndices: [2], reshapeHiddenStates: false };
  const { outputs } = await runTiny(backbone, { init, images: 2 });
  assert.equal(outputs, { 'featureMaps.0': { dims: [2, TOKENS, DIM], data: await hiddenState(2, 2) } });
});

/** A transposed convolution that multiplies pixel (a, b) of its four by 1 + 2a + b. */
const byPhase = Array.from({ length: DIM * DIM * 4 }, (_, i) =>
  Math.floor(i / (4 * DIM)) === Math.floor(i / 4) % DIM ? 1 + (i % 4) : 0,
);

test('a pyramid has the scales 4, 2, 1 and ½, an odd column dropped', async () => {
  const init = { numHiddenLayers: 3, outIndices: [0, 1, 2, 3], addFpn: true };
  const norm = { 'fpn1.1.weight': 1, 'fpn1.1.bias': 0, 'fpn1.1.running_mean': 0, 'fpn1.1.running_var': 1 };
  const bias = { 'fpn1.0.bias': 0, 'fpn1.3.bias': 0.5, 'fpn2.0.bias': -0.5 };
  const weight = { 'fpn1.0.weight': byPhase, 'fpn1.3.weight': byPhase, 'fpn2.0.weight': byPhase };
  const { outputs } = await runTiny(backbone, { init, put: { ...norm, ...bias, ...weight } });
  const plain = await runTiny(backbone, { init: { ...init, addFpn: false } });
  const inputs = [0, 1, 2, 3].map((i) => plain.outputs[`featureMaps.${i}`].data);
  const factor = (y: number, x: number) => 1 + 2 * (y % 2) + (x % 2);
  const formulas: ((at: (y: number, x: number) => number, y: number, x: number) => number)[] = [
    (at, y, x) => {
      const inner = (factor(y >> 1, x >> 1) * at(y >> 2, x >> 2)) / Math.sqrt(1 + 1e-5);
      return factor(y, x) * activations.gelu(inner) + 0.5;
    },
    (at, y, x) => factor(y, x) * at(y >> 1, x >> 1) - 0.5,
    (at, y, x) => at(y, x),
    (at, y, x) => Math.max(at(2 * y, 2 * x), at(2 * y, 2 * x + 1), at(2 * y + 1, 2 * x), at(2 * y + 1, 2 * x + 1)),
  ];
  for (const [i, [height, width]] of [
    [8, 12],
    [4, 6],
    [2, 3],
    [1, 1],
  ].entries()) {
    const { dims, data } = outputs[`featureMaps.${i}`];
    assert.equal(dims, [1, DIM, height, width]);
    for (const [j, value] of data.entries()) {
      const [c, y, x] = [Math.floor(j / (height * width)), Math.floor(j / width) % height, j % width];
      const expected = formulas[i]((row, column) => inputs[i][(c * 2 + row) * 3 + column], y, x);
      assert.ok(Math.abs(value - expected) < 1e-5 * (1 + Math.abs(expected)), `scale ${i}, ${c}, ${y}, ${x}`);
    }
  }
});

test('a pyramid needs two patches each way', async () => {
  const init = { numHiddenLayers: 3, outIndices: [0, 1, 2, 3], addFpn: true, imageSize: [2, 6] as [number, number] };
  await refused(runTiny(backbone, { init }), 'InvalidArgument', /at least 2×2 patches, got 1×3/);
});

test.run();

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BeitConfig } from '../../../src/model/beit/config/config.ts';
import { BeitForImageClassification } from '../../../src/pretrained/beitForImageClassification.ts';
import { BeitForSemanticSegmentation } from '../../../src/pretrained/beitForSemanticSegmentation.ts';
import { checkedRequest, type MaskedInput } from '../../../src/pretrained/request.ts';
import { Tensor } from '../../../src/tensor.ts';
import { refused } from '../refused.ts';

const test = suite('pretrained/request');

/** What classes with a mask take in addition. */
const MASK = 'boolMaskedPos';
const init = {
  hiddenSize: 8,
  numHiddenLayers: 3,
  numAttentionHeads: 2,
  imageSize: 8,
  patchSize: 4,
  useMaskToken: true,
};
const config = new BeitConfig(init);
const pixels = (...dims: number[]) => new Tensor('float32', new Float32Array(dims.reduce((a, b) => a * b, 1)), dims);
const pixelValues = pixels(2, 3, 8, 9);
const foreign = (type: string, data: unknown, dims: number[]) => ({ type, data, dims }) as never;
const floats = (length: number, value = 0) => new Float32Array(length).fill(value);
const bools = (length: number, dims: number[]) => new Tensor('bool', new Uint8Array(length), dims);

/** What is given, and what the refusal says of it. */
const REFUSALS: readonly (readonly [name: string, input: Partial<MaskedInput>, message: RegExp])[] = [
  ['no pixels', { pixelValues: undefined }, /specify pixelValues as a float32 tensor: got undefined/],
  ['bytes for pixels', { pixelValues: foreign('uint8', new Uint8Array(192), [1, 3, 8, 8]) }, /got uint8/],
  ['three dimensions', { pixelValues: pixels(3, 8, 8) }, /batch of 1 or more, got \[3,8,8\]/],
  ['no images', { pixelValues: pixels(0, 3, 8, 8) }, /batch of 1 or more, got \[0,3,8,8\]/],
  ['one channel', { pixelValues: pixels(1, 1, 8, 8) }, /expected 3 channels, got 1/],
  ['less than a patch', { pixelValues: pixels(1, 3, 8, 3) }, /one patch of 4×4, got 8×3/],
  [
    'dims that lie',
    { pixelValues: foreign('float32', floats(7), [1, 3, 8, 8]) },
    /expected Float32Array of 192 .* got Float32Array of 7/,
  ],
  [
    'no dims',
    { pixelValues: { type: 'float32', data: floats(192) } as never },
    /dims undefined, got Float32Array of 192/,
  ],
  ['dims of halves', { pixelValues: foreign('float32', floats(192), [1, 3, 12.8, 5]) }, /dims \[1, 3, 12\.8, 5\]/],
  [
    'a list of pixels',
    { pixelValues: foreign('float32', [...floats(192)], [1, 3, 8, 8]) },
    /Float32Array .* got Array/,
  ],
  [
    'a mask of floats',
    { boolMaskedPos: pixels(2, 4) as never },
    /boolMaskedPos: expected a tensor of bool or uint8, got float32/,
  ],
  [
    'a way that is none',
    { compatibility: 'torch' as never },
    /compatibility: expected one of geometry, transformers, got torch/,
  ],
  ['NaN', { pixelValues: foreign('float32', floats(192, Number.NaN), [1, 3, 8, 8]) }, /finite numbers, got NaN at 0/],
  ['a mask of another batch', { boolMaskedPos: bools(4, [1, 4]) }, /boolMaskedPos: expected \[2, 4\], got \[1,4\]/],
  ['a mask of other patches', { boolMaskedPos: bools(10, [2, 5]) }, /boolMaskedPos: expected \[2, 4\], got \[2,5\]/],
  ['a head mask of other heads', { headMask: pixels(3) }, /headMask: expected \[2\] or \[3, 2\], got \[3\]/],
  ['a head mask of other layers', { headMask: pixels(2, 2) }, /headMask: expected \[2\] or \[3, 2\], got \[2,2\]/],
  ['a head mask of bools', { headMask: bools(2, [2]) as never }, /headMask: expected a tensor of float32, got bool/],
  [
    'a head mask that lies',
    { headMask: foreign('float32', floats(1), [2]) },
    /headMask: expected Float32Array of 2 .* got Float32Array of 1/,
  ],
];

for (const [name, input, message] of REFUSALS) {
  test(`${name} is refused`, async () => {
    await refused(() => checkedRequest(config, { pixelValues, ...input }, MASK), 'InvalidArgument', message);
  });
}

test('a model without a mask token takes no mask', async () => {
  const without = new BeitConfig({ ...init, useMaskToken: false });
  const input = { pixelValues, boolMaskedPos: bools(8, [2, 4]) };
  await refused(() => checkedRequest(without, input, MASK), 'InvalidArgument', /no mask token/);
});

test('masks become numbers, for every image and every layer', () => {
  const boolMaskedPos = new Tensor('uint8', new Uint8Array([0, 1, 7, 0, 255, 0, 0, 0]), [2, 2, 2]);
  const headMask = new Tensor('float32', new Float32Array([0.5, 0]), [2]);
  const request = checkedRequest(config, { pixelValues, boolMaskedPos, headMask }, MASK);
  assert.equal([...request.mask!], [0, 1, 1, 0, 1, 0, 0, 0]);
  assert.equal([...request.headMask!], [0.5, 0, 0.5, 0, 0.5, 0]);
  const perLayer = new Tensor('float32', new Float32Array([1, 2, 3, 4, 5, 6]), [3, 2]);
  assert.equal([...checkedRequest(config, { pixelValues, headMask: perLayer }).headMask!], [1, 2, 3, 4, 5, 6]);
  assert.is(request.pixelValues, pixelValues, 'pixels are not copied');
});

test('null for a mask is no mask', async () => {
  const { mask, headMask } = checkedRequest(
    config,
    { pixelValues, boolMaskedPos: null, headMask: null } as never,
    MASK,
  );
  assert.equal([mask, headMask], [undefined, undefined]);
  using model = await BeitForImageClassification.fromPretrained('fixtures/models/cls');
  const image = pixels(1, 3, model.config.nativeSize.height, model.config.nativeSize.width);
  const halved = new Tensor('float32', floats(3, 0.5), [3]);
  const input = { pixelValues: image, headMask: halved };
  assert.is(model.config.numAttentionHeads, 3);
  const masked = (await model.forward(input)).logits.data;
  const plain = (await model.forward({ pixelValues: image })).logits.data;
  assert.not.equal(masked, plain);
  assert.equal((await model.forward({ ...input, headMask: null } as never)).logits.data, plain);
});

test('outputs asked for in the config are given unless the call says no', () => {
  const wanting = new BeitConfig({ ...init, extra: { output_hidden_states: true, output_attentions: true } });
  const wanted = (c: BeitConfig, input: Partial<MaskedInput> = {}) => {
    const { hiddenStates, attentions } = checkedRequest(c, { pixelValues, ...input });
    return [hiddenStates, attentions];
  };
  assert.equal(wanted(config), [false, false]);
  assert.equal(wanted(wanting), [true, true]);
  assert.equal(wanted(wanting, { outputHiddenStates: false }), [false, true]);
  assert.equal(wanted(config, { outputAttentions: true }), [false, true]);
});

test('an unknown problem type is refused before anything runs', async () => {
  using classifier = await BeitForImageClassification.fromConfig(config);
  const [height, width] = [config.nativeSize.height, config.nativeSize.width];
  const pixelValues = new Tensor('float32', new Float32Array(3 * height * width), [1, 3, height, width]);
  const labels = new Tensor('int32', new Int32Array(1), [1]);
  const given = { pixelValues, labels, problemType: 'regresion' as never };
  await refused(() => classifier.forward(given), 'InvalidArgument', /problemType: .* got regresion/);
});

test('pixels are looked at before labels', async () => {
  const labels = new Tensor('int32', new Int32Array(1), [1]);
  using classifier = await BeitForImageClassification.fromConfig(config);
  await refused(() => classifier.forward({ labels } as never), 'InvalidArgument', /specify pixelValues/);
  using segmenter = await BeitForSemanticSegmentation.fromPretrained('fixtures/models/seg');
  await refused(() => segmenter.forward({ labels } as never), 'InvalidArgument', /specify pixelValues/);
});

test.run();

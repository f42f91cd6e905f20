import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BeitConfig } from '../../../src/model/beit/config/config.ts';
import { BeitForSemanticSegmentation } from '../../../src/pretrained/beitForSemanticSegmentation.ts';
import { Tensor } from '../../../src/tensor.ts';
import { randomFloats } from '../../reference/linear.ts';
import { refused } from '../refused.ts';

const test = suite('pretrained/beitForSemanticSegmentation');
const FOLDER = 'fixtures/models/seg';
const pixels = (images: number, height = 16, width = 16) =>
  new Tensor('float32', randomFloats(images * 3 * height * width, 1), [images, 3, height, width]);

test('an image gives the same bits alone, in a batch, and in a batch that runs in turns', async () => {
  const model = await BeitForSemanticSegmentation.fromPretrained(FOLDER);
  const inTurns = await BeitForSemanticSegmentation.fromPretrained(FOLDER, { maxBatch: 2 });
  const pixelValues = pixels(3);
  const together = (await model.forward({ pixelValues })).logits;
  assert.equal(together.dims, [3, 5, 16, 16]);
  assert.equal((await inTurns.forward({ pixelValues })).logits.data, together.data);
  for (let b = 0; b < 3; b++) {
    const one = new Tensor('float32', pixelValues.data.slice(b * 768, (b + 1) * 768), [1, 3, 16, 16]);
    const size = 5 * 16 * 16;
    assert.equal(
      (await model.forward({ pixelValues: one })).logits.data,
      together.data.slice(b * size, (b + 1) * size),
    );
  }
});

test('sizes may alternate: buffers of another size leave nothing behind', async () => {
  const model = await BeitForSemanticSegmentation.fromPretrained(FOLDER);
  const first = await model.forward({ pixelValues: pixels(1) });
  assert.equal((await model.forward({ pixelValues: pixels(1, 28, 40) })).logits.dims, [1, 5, 28, 40]);
  assert.equal((await model.forward({ pixelValues: pixels(1) })).logits.data, first.logits.data);
});

test('the loss comes with labels alone, and the auxiliary logits never', async () => {
  const model = await BeitForSemanticSegmentation.fromPretrained(FOLDER);
  const labels = new Tensor('int32', new Int32Array(2 * 7 * 9).fill(4), [2, 7, 9]);
  const outputs = await model.forward({ pixelValues: pixels(2), labels });
  assert.type(outputs.loss, 'number');
  assert.not('auxiliaryLogits' in outputs);
  assert.is((await model.forward({ pixelValues: pixels(2) })).loss, undefined);
});

test('each feature convention takes other hidden states', async () => {
  const config = BeitConfig.fromJSON({
    ...JSON.parse(readFileSync(`${FOLDER}/config.json`, 'utf8')),
    out_indices: [0, 1, 2, 3],
    out_features: null,
  });
  const logits = async (options: object) => {
    const model = await BeitForSemanticSegmentation.fromPretrained(FOLDER, options);
    return (await model.forward({ pixelValues: pixels(1) })).logits.data;
  };
  const standard = await logits({});
  // [1, 2, 3, 4] less one is [0, 1, 2, 3]: the same hidden states under another convention
  assert.equal(await logits({ config, featureConvention: 'backbone' }), standard);
  assert.not.equal(await logits({ config, featureConvention: 'unilm' }), standard);
});

test('random initialization is reproducible and gives finite logits', async () => {
  const config = new BeitConfig({
    ...{ hiddenSize: 8, numHiddenLayers: 4, numAttentionHeads: 2, intermediateSize: 9, imageSize: 16, patchSize: 4 },
    ...{ outIndices: [1, 2, 3, 4], numLabels: 3, poolScales: [2], auxiliaryChannels: 8, auxiliaryNumConvs: 0 },
  });
  const run = async (seed: number) => {
    const model = await BeitForSemanticSegmentation.fromConfig(config, { seed });
    return (await model.forward({ pixelValues: pixels(1) })).logits.data;
  };
  const logits = await run(1);
  assert.ok(logits.every(Number.isFinite));
  assert.equal(await run(1), logits);
  assert.not.equal(await run(2), logits);
});

test('a checkpoint without the head is refused, or completed and the missing tensors listed', async () => {
  const source = 'fixtures/models/cls';
  const json = JSON.parse(readFileSync(`${source}/config.json`, 'utf8'));
  const config = BeitConfig.fromJSON({ ...json, out_indices: [1, 2, 1, 2] });
  const load = (allowMissing: boolean) => BeitForSemanticSegmentation.fromPretrained(source, { config, allowMissing });
  await refused(() => load(false), 'CheckpointMismatch', /tensors are missing.*fpn1\.0\.weight/);
  const { missing, unexpected } = (await load(true)).loadReport;
  assert.ok(missing.includes('decode_head.classifier.weight') && missing.includes('fpn1.1.running_var'));
  assert.ok(unexpected.some((name) => name.startsWith('classifier')));
});

/** The weights of the fixture in a file where the classifiers have the names of mmsegmentation. */
function inNamesOfMmsegmentation(): Uint8Array {
  const bytes = readFileSync(`${FOLDER}/model.safetensors`);
  const end = 8 + Number(bytes.readBigUInt64LE(0));
  const header = Buffer.from(`${bytes.subarray(8, end)}`.replaceAll('_head.classifier.', '_head.conv_seg.'));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return new Uint8Array(Buffer.concat([length, header, bytes.subarray(end)]));
}

test('weights in the names of mmsegmentation take the outputs of blocks, and say so', async () => {
  const config = BeitConfig.fromJSON({
    ...JSON.parse(readFileSync(`${FOLDER}/config.json`, 'utf8')),
    out_indices: [0, 1, 2, 3],
    out_features: null,
  });
  const warnings: string[] = [];
  const logits = async (source: string | Uint8Array, options: object) => {
    const onWarning = (message: string) => void warnings.push(message);
    using model = await BeitForSemanticSegmentation.fromPretrained(source, { config, onWarning, ...options });
    return (await model.forward({ pixelValues: pixels(1) })).logits.data;
  };
  const trained = await logits(FOLDER, { featureConvention: 'unilm' });
  assert.equal(await logits(inNamesOfMmsegmentation(), {}), trained);
  assert.is(warnings.length, 1);
  assert.match(warnings[0], /"decode_head\.conv_seg\.weight" .* is a name of mmsegmentation: .*featureConvention/);
  const asked = await logits(inNamesOfMmsegmentation(), { featureConvention: 'backbone' });
  assert.equal(asked, await logits(FOLDER, { featureConvention: 'backbone' }));
  assert.is(warnings.length, 1, 'what is asked for needs no words');
});

test('refuses what cannot be segmented', async () => {
  const model = await BeitForSemanticSegmentation.fromPretrained(FOLDER);
  const narrow = /at least 2×2 patches, got 4×1/;
  await refused(() => model.forward({ pixelValues: pixels(1, 16, 7) }), 'InvalidArgument', narrow);
  const labels = new Tensor('int64', BigInt64Array.of(0n, 1n, 5n, 0n), [1, 2, 2]);
  await refused(() => model.forward({ pixelValues: pixels(1), labels }), 'InvalidArgument', /got 5 at 2/);
  assert.equal((await model.forward({ pixelValues: pixels(1) })).logits.dims, [1, 5, 16, 16]);
  const make = (init: object) => BeitForSemanticSegmentation.fromConfig(new BeitConfig({ hiddenSize: 12, ...init }));
  await refused(() => make({ outIndices: [1, 2, 3] }), 'InvalidConfig', /list of 4 integers.*got \[1, 2, 3\]/);
  await refused(() => make({ numLabels: 0 }), 'InvalidConfig', /num_labels 0/);
  await refused(
    () => make({ auxiliaryNumConvs: 0 }),
    'InvalidConfig',
    /auxiliary_channels must be hidden_size 12, got 256/,
  );
});

test.run();

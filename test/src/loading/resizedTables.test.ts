import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { TableRule } from '../../../src/loading/resizedTables.ts';
import { BeitConfig } from '../../../src/model/beit/config/config.ts';
import { BeitForImageClassification } from '../../../src/pretrained/beitForImageClassification.ts';
import { BeitModel } from '../../../src/pretrained/beitModel.ts';
import { Tensor } from '../../../src/tensor.ts';
import { refused } from '../refused.ts';

const test = suite('loading/resizedTables');
const FOLDER = 'fixtures/beit-digits';
const json = JSON.parse(readFileSync(`${FOLDER}/config.json`, 'utf8'));
const larger = BeitConfig.fromJSON({ ...json, image_size: 48 });
const pixels = Float32Array.from({ length: 3 * 48 * 48 }, (_, i) => ((i * 7919) % 2001) / 1000 - 1);
const pixelValues = new Tensor('float32', pixels, [1, 3, 48, 48]);

async function logitsOf(config: BeitConfig | undefined, resizeTables?: TableRule): Promise<Float32Array> {
  using model = await BeitForImageClassification.fromPretrained(FOLDER, { config, resizeTables });
  return (await model.forward({ pixelValues })).logits.data;
}

test("transformers' rule, done once while loading, is what it does at run time", async () => {
  assert.equal(await logitsOf(larger, 'transformers'), await logitsOf(undefined));
});

test('the rules of unilm and timm give other tables, and near ones', async () => {
  const even = await logitsOf(undefined);
  for (const rule of ['unilm', 'timm'] as const) {
    const found = await logitsOf(larger, rule);
    assert.not.equal(found, even);
    assert.ok(found.every(Number.isFinite));
  }
});

test('unasked, tables of another size are refused', async () => {
  const refused = await logitsOf(larger).then(
    () => null,
    (error) => error,
  );
  assert.is(refused?.code, 'CheckpointMismatch');
  assert.match(refused.message, /relative_position_bias_table": expected \[532,4\], got \[228,4\]/);
});

test('absolute positions are resized too', async () => {
  const size = { hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 8, patchSize: 4 };
  const absolute = { ...size, useAbsolutePositionEmbeddings: true };
  using model = await BeitModel.fromConfig(new BeitConfig({ ...absolute, imageSize: 32 }));
  const files = new Map<string, Uint8Array>();
  await model.savePretrained((name) => {
    const chunks: Uint8Array[] = [];
    return { write: (c) => void chunks.push(c.slice()), close: () => void files.set(name, Buffer.concat(chunks)) };
  });
  const config = new BeitConfig({ ...absolute, imageSize: 48 });
  const options = { config, resizeTables: 'transformers' } as const;
  using resized = await BeitModel.fromPretrained(Object.fromEntries(files), options);
  assert.equal(
    (await resized.forward({ pixelValues })).lastHiddenState,
    (await model.forward({ pixelValues })).lastHiddenState,
  );
});

test('tables of other heads or widths, or of no patch, are no tables of this model', async () => {
  const size = { hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 8, patchSize: 4 };
  const native = { ...size, imageSize: 32, useRelativePositionBias: true, useAbsolutePositionEmbeddings: true };
  const config = new BeitConfig(native);
  const name = 'encoder.layer.0.attention.attention.relative_position_bias.relative_position_bias_table';
  const tables: [string, number[]][] = [
    [name, [12, 1]],
    [name, [12, 3]],
    [name, [24]],
    [name, [2, 12, 2]],
    ['embeddings.position_embeddings', [1, 5, 7]],
    ['embeddings.position_embeddings', [1, 5, 9]],
    ['embeddings.position_embeddings', [2, 5, 8]],
    ['embeddings.position_embeddings', [1, 1, 8]],
  ];
  for (const [tensor, shape] of tables) {
    const info = { dtype: 'F32', shape, data_offsets: [0, 4 * shape.reduce((a, b) => a * b, 1)] };
    const header = Buffer.from(JSON.stringify({ [tensor]: info }));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    const file = Buffer.concat([length, header, Buffer.alloc(info.data_offsets[1])]);
    const options = { config, allowMissing: true, resizeTables: 'transformers' } as const;
    const end = new RegExp(`got \\[${shape}\\]`);
    await refused(() => BeitModel.fromPretrained(file, options), 'CheckpointMismatch', end);
  }
});

test('a rule that is none is refused', async () => {
  await refused(() => logitsOf(undefined, true as never), 'InvalidArgument', /resizeTables: .* timm, got true/);
});

test.run();

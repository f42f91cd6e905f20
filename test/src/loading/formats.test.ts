import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { LoadOptions } from '../../../src/loading/loadModel.ts';
import { BeitConfig } from '../../../src/model/beit/config/config.ts';
import { BeitForImageClassification } from '../../../src/pretrained/beitForImageClassification.ts';
import { Tensor } from '../../../src/tensor.ts';
import { filesOf } from '../../../src/weights/bytes/byteSource.ts';
import { readAll } from '../weights/readAll.ts';
import { openmmlabFile } from '../weights/torch/torchFile.ts';

const test = suite('loading/formats');
const MODEL = 'fixtures/models/cls';
const FORMATS = 'fixtures/formats';
const config = BeitConfig.fromJSON(JSON.parse(readFileSync(`${MODEL}/config.json`, 'utf8')));
const pixels = Float32Array.from({ length: 2 * 3 * 32 * 32 }, (_, i) => ((i * 7919) % 2001) / 1000 - 1);
const pixelValues = new Tensor('float32', pixels, [2, 3, 32, 32]);

async function logitsOf(source: string, options: LoadOptions): Promise<Float32Array> {
  using model = await BeitForImageClassification.fromPretrained(source, options);
  return (await model.forward({ pixelValues })).logits.data;
}

const worst = (a: Float32Array, b: Float32Array) => a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i])), 0);
const expected = await logitsOf(MODEL, {});

/** File, how far its logits may be from those of the original, and what it needs. */
const CASES: readonly (readonly [file: string, distance: number, options?: LoadOptions])[] = [
  ['pytorch_model.bin', 0],
  ['pytorch_model.legacy.bin', 0],
  ['pytorch_model.bin.index.json', 0],
  ['flax_model.msgpack', 0],
  ['flax_model.chunked.msgpack', 0],
  ['timm.safetensors', 0],
  ['candle.safetensors', 0],
  ['unilm.pth', 0, { allowStubs: true }],
  ['model.f16.safetensors', 2e-2],
  ['pytorch_model.bf16.bin', 1e-1],
];

for (const [file, distance, options] of CASES) {
  test(`${file} gives the logits of the original`, async () => {
    const found = worst(await logitsOf(FORMATS, { config, file, ...options }), expected);
    assert.ok(found <= distance, `differs by ${found}`);
  });
}

/** Names of timm → those that mmpretrain's BEiTViT with LinearClsHead has (version 1.2). */
const MMPRETRAIN: readonly (readonly [RegExp, string])[] = [
  [/^blocks\.(\d+)\.norm([12])\./, 'layers.$1.ln$2.'],
  [/^blocks\.(\d+)\.mlp\.fc1\./, 'layers.$1.ffn.layers.0.0.'],
  [/^blocks\.(\d+)\.mlp\.fc2\./, 'layers.$1.ffn.layers.1.'],
  [/^blocks\./, 'layers.'],
  [/^patch_embed\.proj\./, 'patch_embed.projection.'],
  [/^fc_norm\./, 'ln2.'],
  [/^(?!head\.)/, 'backbone.'],
  [/^head\./, 'head.fc.'],
];

test('a file of mmpretrain gives the logits of the original', async () => {
  const timm = await readAll(filesOf({ 'timm.safetensors': readFileSync(`${FORMATS}/timm.safetensors`) }), {
    file: 'timm.safetensors',
  });
  const renamed = [...timm].map(([name, tensor]) => {
    return [MMPRETRAIN.reduce((text, [pattern, to]) => text.replace(pattern, to), name), tensor] as const;
  });
  const index = { shape: [17, 17], data: new Float32Array(17 * 17), dtype: 'F32' };
  const tensors = new Map([...renamed, ['backbone.layers.0.attn.relative_position_index', index] as const]);
  assert.ok(tensors.has('backbone.layers.1.ffn.layers.0.0.weight'));
  assert.is(tensors.size, timm.size + 1);
  const folder = mkdtempSync(join(tmpdir(), 'beit-'));
  try {
    const file = join(folder, 'beit-base_in1k.pth');
    writeFileSync(file, openmmlabFile(tensors));
    const warnings: string[] = [];
    const options = { config, onWarning: (text: string) => warnings.push(text) };
    assert.equal(await logitsOf(file, options), expected);
    assert.equal(warnings, []);
    assert.ok(worst(await logitsOf(file, {}), expected) < 1e-4, 'without a config');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('without a config, sizes come from the weights and what they cannot tell is asked for', async () => {
  const logits = await logitsOf(`${FORMATS}/timm.safetensors`, {});
  assert.ok(worst(logits, expected) < 1e-4, 'the norm of timm has another epsilon, nothing else');
});

test('a random model is saved and opened again, to the bit', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'beit-'));
  try {
    using model = await BeitForImageClassification.fromConfig(config, { seed: 3 });
    await model.savePretrained(folder);
    assert.equal(await logitsOf(folder, {}), (await model.forward({ pixelValues })).logits.data);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();

import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BeitImageProcessor } from '../../../src/loading/imageProcessors.ts';
import { loadCodebook } from '../../../src/loading/loadCodebook.ts';
import { BeitConfig } from '../../../src/model/beit/config/config.ts';
import { BeitForImageClassification } from '../../../src/pretrained/beitForImageClassification.ts';
import { conversionParity } from '../../../src/pretrained/conversionParity.ts';
import { convert } from '../../../src/pretrained/convert.ts';
import { Tensor } from '../../../src/tensor.ts';
import { filesOf } from '../../../src/weights/bytes/byteSource.ts';
import { toFloat32 } from '../../../src/weights/dtype.ts';
import { fromFloat32 } from '../../../src/weights/save/fromFloat32.ts';
import { refused } from '../refused.ts';
import { readAll } from '../weights/readAll.ts';

const test = suite('pretrained/convert');
const MODEL = 'fixtures/models/cls';
const config = BeitConfig.fromJSON(JSON.parse(readFileSync(`${MODEL}/config.json`, 'utf8')));
const pixels = Float32Array.from({ length: 3 * 32 * 32 }, (_, i) => ((i * 7919) % 2001) / 1000 - 1);
const pixelValues = new Tensor('float32', pixels, [1, 3, 32, 32]);
let folder: string;
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'beit-convert-'));
});
test.after.each(() => rmSync(folder, { recursive: true }));

async function logitsOf(source: string): Promise<Float32Array> {
  using model = await BeitForImageClassification.fromPretrained(source, { threads: 1 });
  return (await model.forward({ pixelValues })).logits.data;
}

test('what it writes of a training checkpoint opens again, to the bit, in shards as asked for', async () => {
  const files = await convert('fixtures/formats/unilm.pth', folder, { config, allowStubs: true, shardSize: 20_000 });
  assert.equal(files.slice().sort(), readdirSync(folder).sort(), 'the names it gives are the files it wrote');
  assert.ok(files.includes('model.safetensors.index.json'));
  assert.equal(await logitsOf(folder), await logitsOf(MODEL));
});

test('where the source does not say how pictures are prepared: the native size, normalized by ½', async () => {
  await convert(MODEL, folder);
  const processor = await BeitImageProcessor.fromPretrained(folder);
  const picture = { data: new Uint8Array(27).fill(255), width: 3, height: 3 };
  const { pixelValues: one } = await processor.preprocess(picture);
  const { height, width } = config.nativeSize;
  assert.equal(one.dims, [1, 3, height, width]);
  assert.ok(
    one.data.every((x) => Math.abs(x - 1) < 1e-6),
    'white is 1',
  );
});

test('what the source says of pictures is kept, every field of it', async () => {
  const source = join(folder, 'source');
  const target = join(folder, 'target');
  const said = { size: { height: 20, width: 30 }, image_mean: [0.1, 0.2, 0.3], own_field: 7 };
  await convert(MODEL, source);
  writeFileSync(join(source, 'preprocessor_config.json'), JSON.stringify(said));
  await convert(source, target);
  assert.equal(JSON.parse(readFileSync(join(target, 'preprocessor_config.json'), 'utf8')), said);
});

test('half precision is rounded once, from the weights as they were', async () => {
  const weights = (place: string) =>
    readAll(filesOf({ weights: readFileSync(join(place, 'model.safetensors')) }), { file: 'weights' });
  const original = await weights(MODEL);
  for (const [dtype, name] of [
    ['f16', 'F16'],
    ['bf16', 'BF16'],
  ] as const) {
    const target = join(folder, dtype);
    await convert(MODEL, target, { dtype });
    let compared = 0;
    for (const [tensor, { data, dtype: stored }] of await weights(target)) {
      const whole = original.get(tensor);
      if (!whole || stored === 'I64') continue;
      assert.is(stored, name, tensor);
      const rounded = toFloat32(name, fromFloat32(name, whole.data), new Float32Array(data.length));
      assert.equal(data, rounded, tensor);
      compared++;
    }
    assert.ok(compared > 20, `${compared} tensors`);
  }
});

test('the codebook is kept, also where a model is written over its source', async () => {
  const source = 'fixtures/beit-digits-pt';
  const names = ['config.json', 'model.safetensors', 'preprocessor_config.json', 'codebook.safetensors'];
  assert.equal(await convert(source, folder), names);
  assert.equal(await convert(folder, folder, { dtype: 'f16' }), names);
  assert.equal(await loadCodebook(folder), await loadCodebook(source));
});

test('a source that is refused writes nothing', async () => {
  const broken = join(folder, 'broken');
  await convert(MODEL, broken);
  copyFileSync(join(broken, 'config.json'), join(broken, 'model.safetensors'));
  const create = () => {
    throw new Error('it began to write');
  };
  await refused(convert(broken, create), 'InvalidCheckpoint');
  await refused(convert('no/such/folder', create), 'FileNotFound');
  await convert(MODEL, broken);
  writeFileSync(join(broken, 'preprocessor_config.json'), '{');
  await refused(convert(broken, create), 'InvalidConfig', /preprocessor_config\.json: not JSON/);
});

test('labels are named, and what nobody says is told', async () => {
  const warnings: string[] = [];
  const onWarning = (line: string) => void warnings.push(line);
  await convert('fixtures/formats/timm.safetensors', folder, { onWarning });
  assert.equal(warnings, [
    'Nothing says how pictures are prepared: assumed 16 × 16 pixels, bicubic, mean and deviation 0.5',
    'Nothing names the 5 classes: they are called LABEL_0, LABEL_1, …',
  ]);
  const labels = { 0: 'a', 1: 'b', 2: 'c', 3: 'd', 4: 'e' };
  warnings.length = 0;
  await convert('fixtures/formats/timm.safetensors', folder, { onWarning, labels });
  assert.is(warnings.length, 1);
  using model = await BeitForImageClassification.fromPretrained(folder);
  assert.equal(model.config.id2label, labels);
  await refused(
    convert('fixtures/formats/timm.safetensors', folder, { labels: { 0: 'a' } }),
    'InvalidConfig',
    /expected 5 labels, got 1/,
  );
});

test("timm's transforms are written as a processor that Python has", async () => {
  const config = {
    architecture: 'beit_base_patch16_224',
    pretrained_cfg: { input_size: [3, 32, 32], crop_pct: 0.9, interpolation: 'bicubic', mean: [0.1, 0.2, 0.3] },
  };
  const weights = new Uint8Array(readFileSync('fixtures/formats/timm.safetensors'));
  await convert(
    { 'config.json': new TextEncoder().encode(JSON.stringify(config)), 'model.safetensors': weights },
    folder,
  );
  const saved = JSON.parse(readFileSync(join(folder, 'preprocessor_config.json'), 'utf8'));
  assert.equal(
    [saved.size, saved.crop_size, saved.resample, saved.image_mean],
    [{ shortest_edge: 35 }, { height: 32, width: 32 }, 3, [0.1, 0.2, 0.3]],
  );
});

test('parity of what was written with its source', async () => {
  await convert(MODEL, folder);
  const [exact] = await conversionParity(MODEL, folder);
  assert.equal([exact.output, exact.difference], ['logits', 0]);
  await convert(MODEL, folder, { dtype: 'q8' });
  const [rough] = await conversionParity(MODEL, folder);
  assert.ok(rough.difference > 0 && rough.difference < rough.largest / 5, `${rough.difference} of ${rough.largest}`);
});

test.run();

import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BeitConfig } from '../../../src/model/beit/config/config.ts';
import { pipeline } from '../../../src/pipelines/pipeline.ts';
import { refused } from '../refused.ts';

const test = suite('pipelines/imageClassification');
const FOLDER = 'fixtures/beit-digits';
const scan = (name: string) => new Uint8Array(readFileSync(`${FOLDER}/scans/${name}.png`));
const classify = await pipeline('image-classification', FOLDER);
test.after(() => classify.dispose());

test('guesses come best first, five unless asked otherwise, and their scores are the softmax', async () => {
  const { pixelValues } = await classify.processor.preprocess(scan('0018-8'));
  const { logits } = await classify.model.forward({ pixelValues });
  const powers = Array.from(logits.data, (x) => Math.exp(x));
  const total = powers.reduce((a, b) => a + b);
  const all = await classify(scan('0018-8'), { topK: null });
  assert.is(all.length, 10);
  for (const [i, { score, index, id, label }] of all.entries()) {
    assert.ok(Math.abs(score - powers[index] / total) < 1e-9);
    assert.equal([id, label], [index, String(index)]);
    assert.ok(i === 0 || score <= all[i - 1].score);
  }
  assert.equal(await classify(scan('0018-8')), all.slice(0, 5));
  assert.equal(await classify(scan('0018-8'), { topK: 1 }), all.slice(0, 1));
  assert.equal(await classify(scan('0018-8'), { topK: 99 }), all);
});

test('a picture that is cut is an error unless it is to be filled', async () => {
  const cut = scan('0018-8').subarray(0, -40);
  await refused(classify(cut), 'InvalidImage');
  const { pixelValues } = await classify.processor.preprocess(cut, { truncated: 'fill' });
  const { logits } = await classify.model.forward({ pixelValues });
  const [best] = await classify(cut, { topK: 1, truncated: 'fill' });
  assert.is(best.index, logits.data.indexOf(Math.max(...logits.data)));
  await refused(classify(cut, { truncated: 'gray' as never }), 'InvalidArgument', /truncated/);
});

test('a list gives a list, in order, each as alone', async () => {
  const names = ['0005-5', '0012-2', '0061-7'];
  const batch = await classify(names.map(scan), { topK: 1 });
  assert.equal(
    batch.map(([{ label }]) => label),
    ['5', '2', '7'],
  );
  assert.is(batch[1][0].score, (await classify(scan('0012-2'), { topK: 1 }))[0].score);
  assert.is((await classify([scan('0005-5')])).length, 1);
});

test('labels follow the order of the ids, gaps or not', async () => {
  const config = JSON.parse(readFileSync(`${FOLDER}/config.json`, 'utf8'));
  const id2label = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [i < 5 ? i : i + 2, `digit ${i}`]));
  using gapped = await pipeline('image-classification', {
    'config.json': new TextEncoder().encode(JSON.stringify({ ...config, id2label })),
    'model.safetensors': new Uint8Array(readFileSync(`${FOLDER}/model.safetensors`)),
    'preprocessor_config.json': new Uint8Array(readFileSync(`${FOLDER}/preprocessor_config.json`)),
  });
  const [{ label, index, id }] = await gapped(scan('0061-7'));
  assert.equal([label, index, id], ['digit 7', 7, 9]);
});

test('labels that do not exclude each other, and one alone, get sigmoids, as in the pipeline of transformers', async () => {
  const { pixelValues } = await classify.processor.preprocess(scan('0018-8'));
  const { logits } = await classify.model.forward({ pixelValues });
  const fields = JSON.parse(readFileSync(`${FOLDER}/config.json`, 'utf8'));
  const config = BeitConfig.fromJSON({ ...fields, problem_type: 'multi_label_classification' });
  using several = await pipeline('image-classification', FOLDER, { config });
  const all = await several(scan('0018-8'), { topK: null });
  assert.is(all[0].label, '8');
  for (const { score, index } of all) assert.ok(Math.abs(score - 1 / (1 + Math.exp(-logits.data[index]))) < 1e-12);

  using single = await pipeline('image-classification', {
    'config.json': new Uint8Array(readFileSync('fixtures/models/cls_one_label/config.json')),
    'model.safetensors': new Uint8Array(readFileSync('fixtures/models/cls_one_label/model.safetensors')),
    'preprocessor_config.json': new TextEncoder().encode('{"size": 16}'),
  });
  const [{ score }] = await single(scan('0018-8'));
  // transformers.pipeline('image-classification', …, image_processor=BeitImageProcessorPil(size=16)) on the same scan
  assert.ok(Math.abs(score - 0.5656790137290955) < 1e-6, `${score}`);
});

test('options that are none, and a signal that fired', async () => {
  for (const topK of [0, -1, 1.5, Number.NaN]) {
    await refused(
      () => classify(scan('0005-5'), { topK }),
      'InvalidArgument',
      /topK: expected a positive integer or null/,
    );
  }
  await refused(() => classify(scan('0005-5'), { signal: AbortSignal.abort() }), 'Aborted');
  await refused(() => classify([]), 'InvalidArgument');
});

test('a model without labels has no guesses', async () => {
  const config = JSON.parse(readFileSync(`${FOLDER}/config.json`, 'utf8'));
  delete config.label2id;
  using bare = await pipeline('image-classification', FOLDER, {
    config: BeitConfig.fromJSON({ ...config, id2label: {}, num_labels: 0 }),
  });
  assert.equal(await bare(scan('0005-5')), []);
});

test.run();

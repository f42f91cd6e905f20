import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BeitImageProcessor } from '../src/loading/imageProcessors.ts';
import { pipeline } from '../src/pipelines/pipeline.ts';
import { BeitForImageClassification } from '../src/pretrained/beitForImageClassification.ts';
import { bytesSource } from '../src/weights/bytes/byteSource.ts';
import { readAll } from './src/weights/readAll.ts';

const test = suite('digits');
const FOLDER = 'fixtures/beit-digits';

const heldout = await readAll({
  open: async (name) =>
    name === 'model.safetensors' ? bytesSource(name, readFileSync(`${FOLDER}/heldout.safetensors`)) : null,
});
const scans = heldout.get('images')!.data; // [n, 8, 8], 0..16 or gray levels as the PNG has them
const labels = heldout.get('labels')!.data; // [n]
const expected = heldout.get('logits')!.data; // [n, 10]
const count = labels.length;

/** The scan as its PNG has it. */
function picture(i: number) {
  return { data: Uint8Array.from(scans.subarray(i * 64, (i + 1) * 64)), width: 8, height: 8, channels: 1 };
}

const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, v, i) => sum + v * b[i], 0);
const argmax = (row: Float32Array) => row.indexOf(row.reduce((a, b) => Math.max(a, b)));

test('predicts what Python predicts on every held-out scan, logits within 1e-4', async () => {
  using model = await BeitForImageClassification.fromPretrained(FOLDER);
  const processor = await BeitImageProcessor.fromPretrained(FOLDER);
  const { pixelValues } = await processor.preprocess(Array.from({ length: count }, (_, i) => picture(i)));
  const { logits } = await model.forward({ pixelValues });
  assert.equal(logits.dims, [count, 10]);
  const worst = logits.data.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i])), 0);
  assert.ok(worst < 1e-4, `worst difference ${worst}`);
  const guesses = Array.from({ length: count }, (_, i) => argmax(logits.data.subarray(10 * i, 10 * i + 10)));
  const python = Array.from({ length: count }, (_, i) => argmax(expected.subarray(10 * i, 10 * i + 10)));
  assert.equal(guesses, python);
  const right = guesses.filter((guess, i) => guess === labels[i]).length;
  assert.ok(right / count > 0.97, `accuracy ${right / count}`);
});

test('integers keep the labels and stay near: q8 within 0.6 of the distance of onnxruntime’s dynamic int8', async () => {
  const processor = await BeitImageProcessor.fromPretrained(FOLDER);
  const { pixelValues } = await processor.preprocess(Array.from({ length: count }, (_, i) => picture(i)));
  // of onnxruntime 0.007795: `npm run bench -- accuracy`
  for (const [dtype, rms, cosine] of [
    ['q8', 0.6 * 0.007795, 0.9999],
    ['q4', 0.035, 0.9995],
  ] as const) {
    using model = await BeitForImageClassification.fromPretrained(FOLDER, { dtype });
    const { logits } = await model.forward({ pixelValues });
    const rows = Array.from({ length: count }, (_, i) =>
      [logits.data, expected].map((all) => all.subarray(10 * i, 10 * i + 10)),
    );
    const right = rows.filter(([got], i) => argmax(got) === labels[i]).length;
    const python = rows.filter(([, exact], i) => argmax(exact) === labels[i]).length;
    assert.ok(right >= python - 0.005 * count, `${dtype}: ${right} of ${count}`);
    const distance = Math.sqrt(logits.data.reduce((sum, v, i) => sum + (v - expected[i]) ** 2, 0) / logits.data.length);
    assert.ok(distance < rms && distance > 1e-4, `${dtype}: ${distance}`);
    const turn = rows.reduce((sum, [a, b]) => sum + dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b)), 0) / count;
    assert.ok(turn > cosine, `${dtype}: ${turn}`);
  }
});

test('from the bytes of a PNG to the label', async () => {
  using classify = await pipeline('image-classification', FOLDER);
  const png = new Uint8Array(readFileSync(`${FOLDER}/scans/0005-5.png`));
  const [one] = await classify(png, { topK: 1 });
  assert.is(one.label, '5');
  const both = await classify([png, `${FOLDER}/scans/0012-2.png`]);
  assert.equal(
    both.map((guesses) => guesses[0].label),
    ['5', '2'],
  );
  assert.is(both[0].length, 5);
  assert.ok(Math.abs((await classify(png, { topK: null })).reduce((sum, { score }) => sum + score, 0) - 1) < 1e-12);
});

test.run();

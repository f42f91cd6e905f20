import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BeitImageProcessor } from '../src/loading/imageProcessors.ts';
import { BeitForImageClassification } from '../src/pretrained/beitForImageClassification.ts';
import { bytesSource } from '../src/weights/bytes/byteSource.ts';
import { recipeFiles } from './reference/recipeFiles.ts';
import { readAll } from './src/weights/readAll.ts';

const test = suite('base224');
const FOLDER = 'fixtures/base224';
const SEED = 224;
const json = (name: string) => JSON.parse(readFileSync(`${FOLDER}/${name}`, 'utf8'));
const weights: Record<string, [number[], number]> = json('weights.json');

function worst(actual: Float32Array, expected: Float32Array): number {
  return expected.reduce((most, value, i) => Math.max(most, Math.abs(value - actual[i])), 0);
}

test('a full-size BEiT-base agrees with transformers within 1e-4 on a picture', async () => {
  const files = recipeFiles({
    config: json('config.json'),
    seed: SEED,
    shapes: Object.fromEntries(Object.entries(weights).map(([name, [shape]]) => [name, shape])),
  });
  const expected = await readAll({
    open: async (name) =>
      name === 'model.safetensors' ? bytesSource(name, readFileSync(`${FOLDER}/expected.safetensors`)) : null,
  });
  const processor = await BeitImageProcessor.fromPretrained(FOLDER);
  const { pixelValues } = await processor.preprocess(new Uint8Array(readFileSync(`${FOLDER}/picture.png`)));
  using model = await BeitForImageClassification.fromPretrained(files);
  const { logits } = await model.forward({ pixelValues });
  const difference = worst(logits.data, expected.get('logits')!.data);
  const ours = worst(logits.data, expected.get('f64.logits')!.data);
  const torch = worst(expected.get('logits')!.data, expected.get('f64.logits')!.data);
  console.log(`logits: ${difference} from torch in f32; from f64: ours ${ours}, torch ${torch}`);
  assert.ok(difference < 1e-4, `worst difference ${difference}`);
});

test.run();

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { unitRows } from '../../../src/pipelines/imageFeatureExtraction.ts';
import { pipeline } from '../../../src/pipelines/pipeline.ts';
import { Tensor } from '../../../src/tensor.ts';

const test = suite('pipelines/imageFeatureExtraction');
const scan = (name: string) => `fixtures/beit-digits/scans/${name}.png`;

test('gives hidden states, pooled features and unit embeddings', async () => {
  using extract = await pipeline('image-feature-extraction', 'fixtures/beit-digits');
  assert.equal((await extract(scan('0005-5'))).dims, [1, 65, 64]);
  assert.equal((await extract([scan('0005-5'), scan('0000-0')], { pool: true })).dims, [2, 64]);
  const { data, dims } = await extract.embed([scan('0000-0'), scan('0020-0'), scan('0012-2')]);
  assert.equal(dims, [3, 64]);
  const row = (i: number) => data.subarray(64 * i, 64 * i + 64);
  const cosine = (i: number, j: number) => row(i).reduce((sum, x, c) => sum + x * row(j)[c], 0);
  assert.ok(Math.abs(cosine(0, 0) - 1) < 1e-6);
  assert.ok(cosine(0, 1) > cosine(0, 2), 'two zeros are nearer than a zero and a two');
});

test('a row of zeros stays a row of zeros', () => {
  assert.equal(
    [...unitRows(new Tensor('float32', new Float32Array([0, 0, 3, 4]), [2, 2])).data].map((x) => Math.round(x * 10)),
    [0, 0, 6, 8],
  );
});

test.run();

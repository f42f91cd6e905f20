// beit-wasm as it is shipped: the bundle and the cores of dist/.
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Dtype } from '../../src/dtype.ts';
import { readPixels } from './readPixels.ts';
import { type ModelJob, serve } from './serve.ts';

await serve<ModelJob>(async (job) => {
  const url = pathToFileURL(resolve('dist/index.node.js')).href;
  const { BeitForImageClassification, Tensor }: typeof import('../../src/index.ts') = await import(url);
  const { simd, threads, arithmetic, wideVectors } = job;
  const maxBatch = Math.max(8, job.images);
  const options = { dtype: job.dtype as Dtype, simd, threads, arithmetic, wideVectors, maxBatch };
  const model = await BeitForImageClassification.fromPretrained(job.folder, options);
  const { data, dims } = readPixels(job);
  const pixelValues = new Tensor('float32', data, dims);
  return {
    run: async () => (await model.forward({ pixelValues })).logits.data,
    note: `${(model.memory / 1e6).toFixed(1)} MB of linear memory`,
  };
});

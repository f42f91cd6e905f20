// onnxruntime, as WebAssembly or native: the package is the second argument.
import { readFile } from 'node:fs/promises';
import { clock } from '../contest/clock.ts';
import { readPixels } from './readPixels.ts';
import { rivalPackage } from './rivalPackage.ts';
import type { OnnxRuntime } from './rivalTypes.ts';
import { type ModelJob, serve } from './serve.ts';

await serve<ModelJob>(async (job) => {
  const ort = rivalPackage<OnnxRuntime>(process.argv[3]);
  ort.env.wasm.numThreads = job.threads;
  const bytes = new Uint8Array(await readFile(job.onnx));
  const begin = clock();
  const session = await ort.InferenceSession.create(bytes, {
    executionProviders: [process.argv[3] === 'onnxruntime-web' ? 'wasm' : 'cpu'],
    graphOptimizationLevel: 'all',
    intraOpNumThreads: job.threads,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  const creation = clock() - begin;
  const { data, dims } = readPixels(job);
  const feeds = { [session.inputNames[0]]: new ort.Tensor('float32', data, dims) };
  const output = session.outputNames[0];
  return {
    run: async () => (await session.run(feeds))[output].data,
    note: `session creation ${creation.toFixed(0)} ms`,
  };
});

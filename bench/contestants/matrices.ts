// The four matrix products of a BEiT block by themselves: matrices.mjs JOB ENGINE, ENGINE ours, onnxruntime-web or tfjs.
import { platform } from '#platform';
import type { Dtype } from '../../src/dtype.ts';
import { Random } from '../../src/model/beit/random.ts';
import { wasmBackend } from '../../src/wasm/backend.ts';
import { openEngine } from '../../src/wasm/engine.ts';
import { Graph } from '../onnx/graph.ts';
import { onnxFile } from '../onnx/onnxFile.ts';
import { transpose } from '../onnx/transpose.ts';
import { rivalFolder, rivalPackage } from './rivalPackage.ts';
import type { OnnxRuntime, OnnxSession, TensorFlow } from './rivalTypes.ts';
import { type Opened, serve } from './serve.ts';

export interface MatrixJob {
  /** [m, n, k] each: x [m, k] times a weight [n, k]. */
  readonly shapes: readonly (readonly [number, number, number])[];
  readonly dtype: Dtype;
}

interface Product {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly x: Float32Array;
  readonly weight: Float32Array; // [n, k]
}

/** Of every product the first numbers are the answer. */
const SAMPLE = 16;

const ENGINES: Readonly<Record<string, (products: readonly Product[], job: MatrixJob) => Promise<Opened>>> = {
  ours,
  'onnxruntime-web': onnxruntimeWeb,
  tfjs,
};

await serve<MatrixJob>(async (job) => {
  const random = new Random(3);
  const normal = (count: number, std: number) => new Float32Array(count).map(() => std * random.normal());
  const products = job.shapes.map(([m, n, k]) => {
    return { m, n, k, x: normal(m * k, 1), weight: normal(n * k, 1 / Math.sqrt(k)) };
  });
  return ENGINES[process.argv[3]](products, job);
});

async function ours(products: readonly Product[], { dtype }: MatrixJob): Promise<Opened> {
  const { kernels, memory, dispatch } = await openEngine(platform, { threads: 1 });
  const backend = wasmBackend(kernels, memory, dispatch);
  const placed = products.map((product) => ({
    product,
    w: backend.reserveLinear(product.n, product.k, dtype),
    x: backend.alloc(product.m, product.k),
    out: backend.alloc(product.m, product.n),
  }));
  backend.commit();
  for (const { product, w, x } of placed) {
    backend.putRows(w, 0, product.weight);
    backend.putVectors(w, null, null);
    backend.write(x, product.x);
  }
  return {
    run: async () => {
      for (const { out, x, w } of placed) backend.linear(out, x, w);
      return sample(await Promise.all(placed.map(({ out }) => backend.read(backend.rows(out, 0, 1)))));
    },
  };
}

async function onnxruntimeWeb(products: readonly Product[]): Promise<Opened> {
  const ort = rivalPackage<OnnxRuntime>('onnxruntime-web');
  ort.env.wasm.numThreads = 1;
  const sessions: { session: OnnxSession; feeds: object; name: string }[] = [];
  for (const { m, n, k, x, weight } of products) {
    const graph = new Graph();
    const input = { name: 'x', dims: [m, k] };
    const w = graph.constant('float32', [k, n], transpose(weight, n, k));
    const output = { name: graph.node('MatMul', [input.name, w]), dims: [m, n] };
    const bytes = new Uint8Array(Buffer.concat(onnxFile({ graph, input, output })));
    const session = await ort.InferenceSession.create(bytes);
    sessions.push({ session, feeds: { x: new ort.Tensor('float32', x, [m, k]) }, name: output.name });
  }
  return {
    run: async () => {
      const outputs: Float32Array[] = [];
      for (const { session, feeds, name } of sessions) {
        outputs.push((await session.run(feeds))[name].data);
      }
      return sample(outputs);
    },
  };
}

async function tfjs(products: readonly Product[]): Promise<Opened> {
  const tf = rivalPackage<TensorFlow>('@tensorflow/tfjs-core');
  const wasm = rivalPackage<{ setWasmPaths(folder: string): void }>('@tensorflow/tfjs-backend-wasm');
  wasm.setWasmPaths(`${rivalFolder('@tensorflow/tfjs-backend-wasm')}/`);
  await tf.setBackend('wasm');
  const placed = products.map(({ m, n, k, x, weight }) => [
    tf.tensor2d(x, [m, k]),
    tf.tensor2d(transpose(weight, n, k), [k, n]),
  ]);
  return {
    run: async () => {
      const outputs = placed.map(([x, w]) => tf.matMul(x, w));
      const answer = sample(outputs.map((output) => output.dataSync()));
      for (const output of outputs) output.dispose();
      return answer;
    },
  };
}

function sample(outputs: readonly Float32Array[]): Float32Array {
  return Float32Array.from(outputs.flatMap((output) => [...output.subarray(0, SAMPLE)]));
}

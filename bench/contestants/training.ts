// Training by itself, on one thread: training.mjs JOB ENGINE, ENGINE ours or tfjs-wasm. `layers` are the four of a BEiT block: a
// product forward, and in a step those that give the gradients of input and weights too. `model` are four blocks of BEiT-base.
import { initialize } from '../../src/loading/initialize.ts';
import { BeitConfig } from '../../src/model/beit/config/config.ts';
import { Random } from '../../src/model/beit/random.ts';
import { openTrainEngine } from '../../src/train/engine/openTrainEngine.ts';
import { trainBackend } from '../../src/train/engine/trainBackend.ts';
import { crossEntropyGradient, distributions } from '../../src/train/losses.ts';
import { Optimizer } from '../../src/train/optimizer/optimizer.ts';
import { TrainSession } from '../../src/train/trainSession.ts';
import { rivalFolder, rivalPackage } from './rivalPackage.ts';
import type { TensorFlow } from './rivalTypes.ts';
import { type Opened, serve } from './serve.ts';

export interface TrainingJob {
  readonly what: 'layers' | 'model';
  readonly form: 'forward' | 'step' | 'recomputed';
  /** [m, n, k] each: x [m, k] times a weight [n, k]. */
  readonly shapes: readonly (readonly [number, number, number])[];
}

interface Layer {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly x: Float32Array; // [m, k]
  readonly dy: Float32Array; // [m, n]
  readonly weight: Float32Array; // [n, k]
}

/** Of every product the first numbers are the answer. */
const SAMPLE = 16;

await serve<TrainingJob>(async (job) => {
  if (job.what === 'model') return model(job);
  const random = new Random(3);
  const normal = (count: number, std: number) => new Float32Array(count).map(() => std * random.normal());
  const layers = job.shapes.map(([m, n, k]) => {
    return { m, n, k, x: normal(m * k, 1), dy: normal(m * n, 1), weight: normal(n * k, 1 / Math.sqrt(k)) };
  });
  return process.argv[3] === 'ours' ? ours(layers, job) : tfjs(layers, job);
});

async function ours(layers: readonly Layer[], { form }: TrainingJob): Promise<Opened> {
  const backend = trainBackend(await openTrainEngine(1));
  const placed = layers.map((layer) => {
    const w = backend.reserveLinear(layer.n, layer.k);
    const [x, dx] = [backend.alloc(layer.m, layer.k), backend.alloc(layer.m, layer.k)];
    const [y, dy] = [backend.alloc(layer.m, layer.n), backend.alloc(layer.m, layer.n)];
    return { layer, w, x, dx, y, dy, gradients: backend.trainLinear(w) };
  });
  backend.planWork(layers[0].m, { rows: 1, cols: 1 });
  backend.commit();
  for (const { layer, w, x, dy } of placed) {
    backend.putRows(w, 0, layer.weight);
    backend.putVectors(w, null, null);
    backend.write(x, layer.x);
    backend.write(dy, layer.dy);
  }
  const run = async () => {
    for (const { w, x, dx, y, dy, gradients } of placed) {
      backend.linear(y, x, w);
      if (form === 'forward') continue;
      backend.clear(gradients.weight);
      backend.linearBackward(dx, dy, x, w);
    }
    return sample(
      placed.flatMap(({ y, dx, gradients }) => {
        const tensors = form === 'forward' ? [y] : [y, dx, gradients.weight];
        return tensors.map((t) => backend.readNow(backend.rows(t, 0, 1)));
      }),
    );
  };
  return { run };
}

async function tfjs(layers: readonly Layer[], { form }: TrainingJob): Promise<Opened> {
  const tf = rivalPackage<TensorFlow>('@tensorflow/tfjs-core');
  const wasm = rivalPackage<{ setWasmPaths(folder: string): void }>('@tensorflow/tfjs-backend-wasm');
  wasm.setWasmPaths(`${rivalFolder('@tensorflow/tfjs-backend-wasm')}/`);
  await tf.setBackend('wasm');
  const placed = layers.map(({ m, n, k, x, dy, weight }) => {
    return { x: tf.tensor2d(x, [m, k]), dy: tf.tensor2d(dy, [m, n]), w: tf.tensor2d(weight, [n, k]) };
  });
  const run = async () => {
    // what tf.grads of a product calls
    const outputs = placed.flatMap(({ x, dy, w }) => {
      const y = tf.matMul(x, w, false, true);
      return form === 'forward' ? [y] : [y, tf.matMul(dy, w), tf.matMul(dy, x, true, false)];
    });
    const answer = sample(outputs.map((output) => output.dataSync()));
    for (const output of outputs) output.dispose();
    return answer;
  };
  return { run };
}

/** Forward alone, or a whole step: gradients, clipping and AdamW. */
async function model({ form }: TrainingJob): Promise<Opened> {
  const config = new BeitConfig({ numHiddenLayers: 4, useRelativePositionBias: true, numLabels: 10 });
  const options = { images: 2, threads: 1, gradientCheckpointing: form === 'recomputed' };
  const session = await TrainSession.open(config, 'BeitForImageClassification', options);
  const recipe = { maxGradientNorm: 1 };
  const optimizer = new Optimizer(session.backend, session.trained.tensors, config.numHiddenLayers, recipe);
  const { total } = session.memory();
  await session.commit();
  initialize(session.parameters.slots, 0, 0.02);
  session.weightsLoaded();
  optimizer.start();
  const { height, width } = session.size;
  const batch = { pixels: new Float32Array(2 * 3 * height * width).map((_, i) => Math.sin(i)), images: 2 };
  const targets = distributions([1, 2], 10);
  const run = async () => {
    if (form === 'forward') return session.logits(batch);
    session.trained.clear();
    const { logits } = await session.addGradients(batch, (given) => crossEntropyGradient(given, 10, targets));
    session.trained.finish();
    optimizer.clip();
    optimizer.step(1e-4);
    session.weightsChanged();
    return logits;
  };
  const planned = (total / 1e6).toFixed(0);
  return { run, note: `planned ${planned} MB, in use ${(session.backend.committed / 1e6).toFixed(0)} MB` };
}

function sample(outputs: readonly Float32Array[]): Float32Array {
  return Float32Array.from(outputs.flatMap((output) => [...output.subarray(0, SAMPLE)]));
}

// node scripts/run.mjs bench/lab/training.ts [base] [kept | recomputed]: processor seconds of a forward pass and of a training step,
// the rate of the step (3 forward passes are its arithmetic, 4 where blocks are computed again), memory in use over that planned,
// one thread; and, for the small model, processor seconds of training a head on 500 cached features of 768 numbers. With `base`
// the model is BEiT-base 224 of 12 blocks, and PYTHON=… adds PyTorch's times. The memory of the process is right for the first form
// alone: name one.

import { spawnSync } from 'node:child_process';
import { initialize } from '../../src/loading/initialize.ts';
import { BeitConfig } from '../../src/model/beit/config/config.ts';
import { crossEntropyGradient, distributions } from '../../src/train/losses.ts';
import { Optimizer } from '../../src/train/optimizer/optimizer.ts';
import { TrainSession } from '../../src/train/trainSession.ts';
import type { TrainSessionOptions } from '../../src/train/trainSessionOptions.ts';

const base = process.argv.includes('base');
const config = new BeitConfig({
  ...(base ? {} : { hiddenSize: 384, numHiddenLayers: 4, numAttentionHeads: 6, intermediateSize: 1536 }),
  useRelativePositionBias: true,
  layerScaleInitValue: 0.1,
  numLabels: 10,
});

async function open(options: Partial<TrainSessionOptions>) {
  const session = await TrainSession.open(config, 'BeitForImageClassification', { images: 2, threads: 1, ...options });
  const optimizer = new Optimizer(session.backend, session.trained.tensors, config.numHiddenLayers);
  const { total: planned } = session.memory();
  await session.commit();
  initialize(session.parameters.slots, 0, 0.02);
  session.weightsLoaded();
  optimizer.start();
  return { session, optimizer, planned };
}

/** Processor seconds of the fastest of three runs. */
async function seconds(call: () => Promise<unknown>): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 3; i++) {
    const begin = process.cpuUsage();
    await call();
    const { user, system } = process.cpuUsage(begin);
    best = Math.min(best, (user + system) / 1e6);
  }
  return best;
}

const targets = distributions([1, 2], 10);
const lossOf = (logits: Float32Array) => crossEntropyGradient(logits, 10, targets);
const forms = [false, true].filter((recomputes) => !process.argv.includes(recomputes ? 'kept' : 'recomputed'));
for (const gradientCheckpointing of forms) {
  const { session, optimizer, planned } = await open({ gradientCheckpointing });
  const { height, width } = session.size;
  const batch = { pixels: new Float32Array(2 * 3 * height * width).fill(0.1), images: 2 };
  const forward = await seconds(() => session.logits(batch));
  const passes = await seconds(() => session.addGradients(batch, lossOf));
  const step = await seconds(async () => {
    session.trained.finish();
    optimizer.clip();
    optimizer.step(1e-4);
    session.weightsChanged();
  });
  const what = gradientCheckpointing ? 'with gradient checkpointing' : 'everything kept';
  const rate = ((gradientCheckpointing ? 4 : 3) * forward) / (passes + step);
  console.log(
    `${what}: forward ${forward.toFixed(3)} s, forward and back ${passes.toFixed(3)} s (× ${(passes / forward).toFixed(2)}), optimizer ${step.toFixed(3)} s: ${(100 * rate).toFixed(0)} % of the forward's rate`,
  );
  const [inUse, peak] = [session.backend.committed, 1024 * process.resourceUsage().maxRSS];
  const mb = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;
  console.log(
    `  planned ${mb(planned)}, linear memory in use ${mb(inUse)} (÷ plan ${(inUse / planned).toFixed(3)}), peak of the process ${mb(peak)} (÷ plan ${(peak / planned).toFixed(3)})`,
  );
  session.dispose();
}

/** Processor seconds of the fastest of three passes of PyTorch over the same model, two images. */
function torchSeconds(form: 'forward' | 'step'): number {
  const job = JSON.stringify({ what: 'model', form, blocks: config.numHiddenLayers });
  const env = { ...process.env, BEIT_BENCH_CLOCK: 'cpu' };
  const given = { input: '\n\n\nquit\n', encoding: 'utf8', env } as const;
  const { stdout } = spawnSync(process.env.PYTHON!, ['bench/contestants/training.py', job], given);
  const lines: { ms?: number }[] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  return Math.min(...lines.flatMap(({ ms }) => ms ?? [])) / 1000;
}

if (base && process.env.PYTHON) {
  const [forward, step] = [torchSeconds('forward'), torchSeconds('step')];
  const rate = ((3 * forward) / step) * 100;
  console.log(
    `PyTorch: forward ${forward.toFixed(3)} s, step ${step.toFixed(3)} s: ${rate.toFixed(0)} % of its forward's rate`,
  );
}

if (!base) {
  const wide = new BeitConfig({ numHiddenLayers: 1, numLabels: 10, intermediateSize: 8 });
  const head = await TrainSession.open(wide, 'BeitForImageClassification', {
    images: 32,
    threads: 1,
    isTrained: (name) => name.startsWith('classifier.'),
  });
  const optimizer = new Optimizer(head.backend, head.trained.tensors, 1);
  await head.commit();
  initialize(head.parameters.slots, 0, 0.02);
  head.weightsLoaded();
  optimizer.start();
  const features = new Float32Array(32 * 768).map((_, i) => ((i * 7919) % 1000) / 500 - 1);
  const hard = distributions(
    Array.from({ length: 32 }, (_, i) => i % 10),
    10,
  );
  const steps = 100 * Math.ceil(500 / 32);
  const spent = await seconds(async () => {
    for (let i = 0; i < steps; i++) {
      head.trained.clear();
      head.addHeadGradients(features, (logits) => crossEntropyGradient(logits, 10, hard));
      head.trained.finish();
      optimizer.clip();
      optimizer.step(0.01);
      head.weightsChanged();
    }
  });
  console.log(`head over 500 cached features, 100 epochs of 16 steps: ${spent.toFixed(2)} s`);
  head.dispose();
}

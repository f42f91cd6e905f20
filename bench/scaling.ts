import type { Dtype } from '../src/dtype.ts';
import { BeitConfig, type BeitConfigInit } from '../src/model/beit/config/config.ts';
import { Random } from '../src/model/beit/random.ts';
import { BeitForImageClassification } from '../src/pretrained/beitForImageClassification.ts';
import { Tensor } from '../src/tensor.ts';
import { gigaMacs } from './arithmetic.ts';
import { clock, useProcessorTime } from './contest/clock.ts';
import { type Spread, spread } from './contest/statistics.ts';
import type { BenchOptions } from './options.ts';

/** One point of the scaling: what was computed, how long it took, and how much arithmetic that is. */
export interface ScalingPoint {
  readonly model: string;
  readonly dtype: Dtype;
  readonly size: number;
  readonly batch: number;
  /** Milliseconds of the whole batch. */
  readonly time: Spread;
  readonly gigaMacs: number;
  /** Milliseconds of the very first pass, while the engine still compiles; of the first case of a model. */
  readonly firstPass?: number;
}

interface Case {
  readonly model: string;
  readonly size: number;
  readonly batch: number;
}

const HEAD: BeitConfigInit = { numLabels: 1000, useRelativePositionBias: true };
const CONFIGS: Readonly<Record<string, BeitConfigInit>> = {
  base: HEAD,
  large: { ...HEAD, hiddenSize: 1024, numHiddenLayers: 24, numAttentionHeads: 16, intermediateSize: 4096 },
};
const SIZES = [224, 288, 384, 512, 640].map((size): Case => ({ model: 'base', size, batch: 1 }));
const BATCHES = [2, 4, 8, 16].map((batch): Case => ({ model: 'base', size: 224, batch }));
const LARGE: Case = { model: 'large', size: 224, batch: 1 };
const QUICK: Case[] = [SIZES[0], SIZES[2], BATCHES[2], LARGE];

/** Time against image size, batch and model, one thread; random weights. */
export async function benchScaling(options: BenchOptions): Promise<ScalingPoint[]> {
  if (options.cpu) useProcessorTime();
  const cases = options.quick ? QUICK : [...SIZES, ...BATCHES, LARGE];
  const runs = (['f32', 'q8'] as const).flatMap((dtype) =>
    Object.keys(CONFIGS)
      .filter((model) => options.only.test(`${model} ${dtype}`))
      .map((model) => ({ model, dtype, chosen: cases.filter((one) => one.model === model) })),
  );
  const points: ScalingPoint[] = [];
  for (const [i, { model, dtype, chosen }] of runs.entries()) {
    points.push(...(await measure(model, dtype, chosen, options.quick ? 1 : 2)));
    options.progress(`${model} ${dtype}`, i + 1, runs.length);
  }
  return points;
}

async function measure(name: string, dtype: Dtype, cases: readonly Case[], rounds: number): Promise<ScalingPoint[]> {
  const config = new BeitConfig(CONFIGS[name]);
  using model = await BeitForImageClassification.fromConfig(config, { dtype, threads: 1, maxBatch: 16, seed: 1 });
  const inputs = cases.map(({ size, batch }) => noise(batch, size));
  const times = cases.map((): number[] => []);
  const started = clock();
  await model.forward({ pixelValues: inputs[0] }); // once to warm up
  const firstPass = clock() - started;
  for (let round = 0; round < rounds; round++) {
    for (const [i, pixelValues] of inputs.entries()) {
      const begin = clock();
      await model.forward({ pixelValues });
      times[i].push(clock() - begin);
    }
  }
  return cases.map(({ size, batch }, i) => {
    const point = { model: name, dtype, size, batch, time: spread(times[i]), gigaMacs: batch * gigaMacs(config, size) };
    return i === 0 ? { ...point, firstPass } : point;
  });
}

function noise(batch: number, size: number): Tensor {
  const random = new Random(size);
  const data = new Float32Array(batch * 3 * size * size).map(() => random.normal());
  return new Tensor('float32', data, [batch, 3, size, size]);
}

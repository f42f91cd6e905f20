// node scripts/run.mjs bench/threads.ts [ROUNDS] [--short]: what threads give. Time to start a pool, then BEiT-base 224 at batch 1
// on 1, 2, … threads up to the cores, f32 and q8, interleaved; best and median, and the ratio to one thread. One block of it is timed
// too, oftener: on a machine that does other things as well, the best of many short runs is what threads give.

import { availableParallelism } from 'node:os';
import * as assert from 'uvu/assert';
import { platform } from '#platform';
import { BeitConfig } from '../src/model/beit/config/config.ts';
import { Random } from '../src/model/beit/random.ts';
import { BeitForImageClassification } from '../src/pretrained/beitForImageClassification.ts';
import { Tensor } from '../src/tensor.ts';
import { openEngine } from '../src/wasm/engine.ts';

const rounds = Number(process.argv[2] ?? 5);
const shape = { useRelativePositionBias: true, useMeanPooling: true };
const counts = [1, 2, 4, 8].filter((threads) => threads <= Math.max(2, availableParallelism()));

const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const line = (name: string, values: number[]) =>
  console.log(`${name}\tbest ${Math.min(...values).toFixed(1)} ms\tmedian ${median(values).toFixed(1)} ms`);

async function timed(action: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await action();
  return performance.now() - begin;
}

async function startTimes(threads: number): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const { dispatch } = await openEngine(platform, { threads });
    times.push(await timed(() => dispatch.ready()));
    dispatch.dispose();
  }
  return times;
}

async function passTimes(dtype: 'f32' | 'q8', numHiddenLayers: number, rounds: number): Promise<void> {
  const config = new BeitConfig({ ...shape, numHiddenLayers });
  const random = new Random(1);
  const data = new Float32Array(3 * 224 * 224).map(() => random.normal());
  const pixelValues = new Tensor('float32', data, [1, 3, 224, 224]);
  const models = await Promise.all(
    counts.map((threads) => BeitForImageClassification.fromConfig(config, { dtype, threads })),
  );
  const times = counts.map((): number[] => []);
  const [expected] = await Promise.all(models.map((model) => model.forward({ pixelValues })));
  for (let round = 0; round < rounds; round++) {
    for (const [i, model] of models.entries()) {
      times[i].push(
        await timed(async () => assert.equal((await model.forward({ pixelValues })).logits, expected.logits)),
      );
    }
  }
  for (const [i, threads] of counts.entries()) {
    line(`BEiT-base 224, ${numHiddenLayers} of 12 layers, ${dtype}, ${threads} threads`, times[i]);
    console.log(
      `\t× ${(Math.min(...times[0]) / Math.min(...times[i])).toFixed(2)} by best, × ${(median(times[0]) / median(times[i])).toFixed(2)} by median`,
    );
  }
  for (const model of models) model.dispose();
}

for (const threads of counts.slice(1)) line(`start ${threads} threads`, await startTimes(threads));
for (const dtype of ['f32', 'q8'] as const) {
  await passTimes(dtype, 1, 40 * rounds);
  if (!process.argv.includes('--short')) await passTimes(dtype, 12, rounds);
}

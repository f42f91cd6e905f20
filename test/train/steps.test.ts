import { existsSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Optimizer, type OptimizerOptions } from '../../src/train/optimizer/optimizer.ts';
import { learningRateFactor } from '../../src/train/optimizer/schedule.ts';
import { expectedOf, openCase, relativeDistance } from './gradientCase.ts';

const test = suite('train/steps');

const RECIPE: OptimizerOptions = {
  weightDecay: 0.05,
  decays: (_name, shape) => shape.length > 1,
  maxGradientNorm: 1,
};

for (const [folder, steps] of [
  ['classification', 10],
  ['masked', 10],
  ['segmentation', 4],
] as const)
  test(`${folder}: ${steps} steps with warm-up, cosine and clipping give PyTorch's parameters`, async () => {
    let optimizer!: Optimizer;
    const { session, batch, lossOf } = await openCase(
      `fixtures/train/${folder}`,
      {},
      ({ backend, trained, config }) => {
        const recipe = { ...RECIPE, optimizer: folder === 'segmentation' ? 'sgd' : 'adamw' } as const;
        optimizer = new Optimizer(backend, trained.tensors, config.numHiddenLayers, recipe);
      },
    );
    optimizer.start();
    for (let step = 0; step < steps; step++) {
      session.trained.clear();
      await session.addOutputGradients(batch, lossOf);
      session.trained.finish();
      optimizer.clip();
      optimizer.step(1e-3 * learningRateFactor(step, { warmUpSteps: Math.min(3, steps >> 1), totalSteps: steps }));
      session.weightsChanged();
      session.parameters.followBatches(true);
      if (!existsSync(`fixtures/train/${folder}/step${step}.safetensors`)) continue;
      for (const { name, canonical, data } of await expectedOf(`fixtures/train/${folder}`, `step${step}`)) {
        if (canonical === 'embeddings.mask_token') continue; // no gradient reaches that of a classifier
        const ours = await session.parameters.slots.get(canonical)!.get(0, data.length);
        const distance = relativeDistance(ours, data);
        assert.ok(distance < 1e-5, `step ${step}, ${name}: ${distance}`);
      }
    }
    session.dispose();
  });

test.run();

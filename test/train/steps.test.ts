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

for (const folder of ['classification', 'masked'])
  test(`${folder}: ten steps of AdamW with warm-up, cosine and clipping give PyTorch's parameters`, async () => {
    let optimizer!: Optimizer;
    const { io, session, batch, lossOf } = await openCase(
      `fixtures/train/${folder}`,
      {},
      ({ backend, trained, config }) => {
        optimizer = new Optimizer(backend, trained.tensors, config.numHiddenLayers, RECIPE);
      },
    );
    optimizer.start();
    for (let step = 0; step < 10; step++) {
      session.trained.clear();
      await session.addGradients(batch, lossOf);
      session.trained.finish();
      optimizer.clip();
      optimizer.step(1e-3 * learningRateFactor(step, { warmUpSteps: 3, totalSteps: 10 }));
      session.weightsChanged();
      const values = new Map(session.trained.tensors.map((t) => [t.name, session.backend.readNow(t.value)]));
      for (const { name, canonical, data } of expectedOf(io, `step${step}.`)) {
        const ours = values.get(canonical);
        if (!ours) continue; // a mask token that no gradient reaches
        const distance = relativeDistance(ours, data);
        assert.ok(distance < 1e-5, `step ${step}, ${name}: ${distance}`);
      }
    }
    session.dispose();
  });

test.run();

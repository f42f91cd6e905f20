import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { addAdapters } from '../../src/train/lora.ts';
import { expectedOf, openCase, relativeDistance } from './gradientCase.ts';

const test = suite('train/gradients');

/** What batch norms measure: no parameters. */
const STATISTIC = /running_(mean|var)$|num_batches_tracked$/;

for (const folder of ['classification', 'masked', 'larger', 'registers', 'segmentation', 'frozen_norms'])
  test(`${folder}: loss and the gradients of all parameters are PyTorch's`, async () => {
    const { file, session, batch, lossOf } = await openCase(`fixtures/train/${folder}`);
    const { loss } = await session.addOutputGradients(batch, lossOf);
    session.trained.finish();
    assert.ok(Math.abs(loss - file.loss) < 1e-5 * file.loss, `loss ${loss}, expected ${file.loss}`);
    const gradients = session.trained.gradients();
    const expected = (await expectedOf(`fixtures/train/${folder}`, 'exact')).filter(
      ({ name }) => !STATISTIC.test(name),
    );
    assert.equal(expected.map(({ canonical }) => canonical).sort(), [...gradients.keys()].sort());
    for (const { name, canonical, data } of expected) {
      if (Math.hypot(...data) < 1e-7) continue; // zero but for rounding: a bias in front of a batch norm
      const distance = relativeDistance(gradients.get(canonical)!, data);
      assert.ok(distance < 1e-5, `${name}: ${distance}`);
    }
    session.dispose();
  });

/** All gradients of a case, with dropouts of every kind. */
async function droppedGradients(folder: string, options: { threads?: number; gradientCheckpointing?: boolean }) {
  const { session, batch, lossOf } = await openCase(folder, options);
  const random = { rates: { hidden: 0.1, attention: 0.2, path: [0, 0.3] }, seed: 5, step: 3 };
  const { loss } = await session.addOutputGradients(batch, lossOf, { random });
  session.trained.finish();
  const gradients = session.trained.gradients();
  session.dispose();
  return { loss, gradients };
}

test('the bits do not depend on the number of threads, nor on whether blocks are computed again', async () => {
  for (const folder of ['classification', 'masked', 'segmentation']) {
    const expected = await droppedGradients(`fixtures/train/${folder}`, {});
    const others = [{ gradientCheckpointing: true }, { threads: 2 }, { threads: 3, gradientCheckpointing: true }];
    for (const options of others) {
      const got = await droppedGradients(`fixtures/train/${folder}`, options);
      assert.is(got.loss, expected.loss);
      for (const [name, gradient] of expected.gradients)
        assert.equal(got.gradients.get(name), gradient, `${name} ${JSON.stringify(options)}`);
    }
  }
});

test('with dropout everywhere the gradients are those of finite differences', async () => {
  const { session, batch, lossOf } = await openCase('fixtures/train/classification');
  const random = { rates: { hidden: 0.1, attention: 0.2, path: [0, 0.3] }, seed: 5, step: 3 };
  const lossAt = async () => (await session.addOutputGradients(batch, lossOf, { random })).loss;
  session.trained.clear();
  await lossAt();
  session.trained.finish();
  const gradients = session.trained.gradients();
  for (const { name, value } of session.trained.tensors) {
    const values = session.backend.readNow(value);
    const gradient = gradients.get(name)!;
    // along the gradient itself: the loss changes by its squared norm times the step
    const square = gradient.reduce((sum, g) => sum + g * g, 0);
    if (square < 1e-8) continue;
    const step = 2e-3 / Math.sqrt(square);
    const moved = async (sign: number) => {
      session.backend.write(
        value,
        values.map((v, i) => v + sign * step * gradient[i]),
      );
      session.weightsChanged();
      return lossAt();
    };
    const slope = ((await moved(1)) - (await moved(-1))) / (2 * step);
    session.backend.write(value, values);
    assert.ok(Math.abs(slope - square) < 0.02 * square, `${name}: ${slope}, expected ${square}`);
  }
  session.dispose();
});

test('adapters over frozen f16 weights: the bits of f32 weights that were rounded, in half the memory', async () => {
  const trained = (name: string) => /^(lora|classifier)\./.test(name);
  const open = async (frozenDtype: 'f16' | 'f32') => {
    const folder = 'fixtures/train/classification';
    const opened = await openCase(
      folder,
      { isTrained: trained, frozenDtype },
      () => {},
      (parameters) => addAdapters(parameters, 2, { rank: 3, targets: ['query', 'value', 'output.dense'] }),
    );
    const { parameters } = opened.session;
    for (const [name, { shape, put }] of parameters.slots) {
      const size = shape.reduce((a, b) => a * b);
      if (name.startsWith('lora.'))
        put(
          Float32Array.from({ length: size }, (_, i) => Math.sin(i + size)),
          0,
        );
    }
    opened.session.weightsLoaded();
    return opened;
  };
  const [half, whole] = [await open('f16'), await open('f32')];
  for (const [name, { shape, get }] of half.session.parameters.slots) {
    const size = shape.reduce((a, b) => a * b);
    whole.session.parameters.slots.get(name)!.put(await get(0, size), 0);
  }
  whole.session.weightsLoaded();
  for (const { session, batch, lossOf } of [half, whole]) {
    await session.addOutputGradients(batch, lossOf);
    session.trained.finish();
  }
  const expected = whole.session.trained.gradients();
  assert.is(expected.size, 2 * 3 * 2 + 2);
  for (const [name, gradient] of half.session.trained.gradients()) assert.equal(gradient, expected.get(name), name);
  assert.ok(half.session.memory().weights < 0.75 * whole.session.memory().weights);
  half.session.dispose();
  whole.session.dispose();
});

test('only what is trained has gradients, and they are the same', async () => {
  const all = await openCase('fixtures/train/classification');
  await all.session.addOutputGradients(all.batch, all.lossOf);
  all.session.trained.finish();
  const expected = all.session.trained.gradients();
  const isTrained = (name: string) => /^(encoder\.layer\.1|pooler|classifier)\./.test(name);
  const some = await openCase('fixtures/train/classification', { isTrained });
  await some.session.addOutputGradients(some.batch, some.lossOf);
  some.session.trained.finish();
  const got = some.session.trained.gradients();
  assert.equal([...got.keys()], [...expected.keys()].filter(isTrained));
  for (const [name, gradient] of got) assert.equal(gradient, expected.get(name), name);
  all.session.dispose();
  some.session.dispose();
});

test.run();

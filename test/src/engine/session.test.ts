import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Kinds } from '../../../src/backend.ts';
import type { PassOutputs } from '../../../src/engine/batchedOutputs.ts';
import { type ForwardRequest, Session } from '../../../src/engine/session.ts';
import { BeitError } from '../../../src/errors.ts';
import { initialize } from '../../../src/loading/initialize.ts';
import { modelFromConfig } from '../../../src/loading/loadModel.ts';
import { BeitConfig } from '../../../src/model/beit/config/config.ts';
import { bodyArchitecture } from '../../../src/model/beit/heads/body.ts';
import { beitParams } from '../../../src/model/beit/params/beitParams.ts';
import { Parameters } from '../../../src/model/beit/params/parameters.ts';
import { BeitModel } from '../../../src/pretrained/beitModel.ts';
import { Tensor } from '../../../src/tensor.ts';
import { ReferenceBackend } from '../../reference/backend.ts';
import { randomFloats } from '../../reference/linear.ts';
import { refused } from '../refused.ts';

const test = suite('engine/session');
const config = new BeitConfig({
  hiddenSize: 16,
  numHiddenLayers: 3,
  numAttentionHeads: 2,
  intermediateSize: 24,
  imageSize: 16,
  patchSize: 4,
  useMaskToken: true,
  useRelativePositionBias: true,
  initializerRange: 0.3,
});
const pixelsOf = (images: number, side = 16, seed = 1) =>
  new Tensor('float32', randomFloats(images * 3 * side * side, seed), [images, 3, side, side]);
const create = (maxBatch = 8) =>
  modelFromConfig(config, bodyArchitecture(true) as never, { seed: 5, threads: 1, maxBatch });
const request = (images: number, more: Partial<ForwardRequest> = {}): ForwardRequest => ({
  pixelValues: pixelsOf(images),
  hiddenStates: false,
  attentions: false,
  ...more,
});
/** Every tensor of a pass; lists as `name.index`. */
const dataOf = (outputs: PassOutputs): Record<string, { data: Float32Array; dims: readonly number[] }> =>
  Object.fromEntries(
    Object.entries(outputs as unknown as Record<string, Tensor | Tensor[] | undefined>).flatMap(([name, value]) => {
      if (Array.isArray(value)) return value.map(({ data, dims }, i) => [`${name}.${i}`, { data, dims }]);
      return value ? [[name, { data: value.data, dims: value.dims }]] : [];
    }),
  );

/** A session on the plain loops. */
function onLoops(backend: ReferenceBackend, options: Partial<ConstructorParameters<typeof Session>[3]> = {}): Session {
  const parameters = new Parameters<Kinds>(backend, 'f32');
  const architecture = bodyArchitecture(true);
  const model = {
    body: beitParams(parameters, config, architecture.parts(config)),
    head: architecture.params(parameters, config),
  };
  initialize(parameters.slots, 5, config.initializerRange);
  parameters.finish();
  const nothing = async () => {};
  return new Session(backend, architecture as never, model, {
    maxBatch: 2,
    yieldToEventLoop: nothing,
    ready: nothing,
    ...options,
  });
}

test('the size of the chunks changes no bit of any output', async () => {
  const mask = Float32Array.from({ length: 5 * 16 }, (_, i) => (i % 3 === 0 ? 1 : 0));
  const headMask = new Float32Array([1, 0.5, 0, 1, 1, 1]);
  const wanted = request(5, { mask, headMask, hiddenStates: true, attentions: true });
  const results = [];
  for (const maxBatch of [8, 5, 2, 1]) {
    const { session } = await create(maxBatch);
    results.push(dataOf(await session.run(wanted)));
    session.dispose();
  }
  const [first, ...others] = results;
  assert.equal(Object.keys(first).sort(), [
    ...[0, 1, 2].map((i) => `attentions.${i}`),
    ...[0, 1, 2, 3].map((i) => `hiddenStates.${i}`),
    'lastHiddenState',
    'poolerOutput',
  ]);
  assert.equal(first['attentions.0'].dims, [5, 2, 17, 17]);
  assert.equal(first['hiddenStates.3'].dims, [5, 17, 16]);
  for (const other of others) assert.equal(other, first);
});

test('a pass yields at every hidden state, or only between chunks where it cannot yield during a pass', async () => {
  const counts = [];
  for (const canYieldDuringPass of [true, false]) {
    let yields = 0;
    const yieldToEventLoop = async () => void yields++;
    await onLoops(new ReferenceBackend(), { yieldToEventLoop, canYieldDuringPass }).run(request(5));
    counts.push(yields);
  }
  assert.equal(counts, [3 * 4 + 2, 2]);
});

test('asking for intermediates changes no bit of the rest', async () => {
  const { session } = await create();
  const plain = await session.run(request(2));
  const asked = await session.run(request(2, { hiddenStates: true, attentions: true }));
  assert.equal(asked.lastHiddenState!.data, plain.lastHiddenState!.data);
  assert.equal(asked.hiddenStates[3].data, plain.lastHiddenState!.data, 'no norm behind the last block here');
});

test('buffers of one shape are planned once', async () => {
  const { session } = await create();
  const native = session.plan({ images: 1, height: 16, width: 16 });
  assert.is(session.plan({ images: 1, height: 16, width: 16 }), native);
  await session.run(request(1));
  assert.is(session.plan({ images: 1, height: 16, width: 16 }), native, 'the pass took what the load had planned');
  const wide = session.plan({ images: 1, height: 16, width: 32 });
  assert.is.not(wide, native);
  assert.is.not(session.plan({ images: 1, height: 16, width: 32 }, true), wide);
});

test('tables are laid out once for all passes of one shape', async () => {
  class Counting extends ReferenceBackend {
    tables = 0;
    override writeRelativeBias(t: never, table: Float32Array): void {
      this.tables++;
      super.writeRelativeBias(t, table);
    }
  }
  const backend = new Counting();
  const session = onLoops(backend);
  const first = dataOf(await session.run(request(4)));
  assert.is(backend.tables, config.numHiddenLayers);
  assert.equal(dataOf(await session.run(request(4))), first);
  assert.is(backend.tables, config.numHiddenLayers);
  await session.run(request(1));
  assert.is(backend.tables, 2 * config.numHiddenLayers);
});

test('a plan that memory was refused for is made anew by the next pass', async () => {
  let refusals = 1;
  const ready = async () => {
    if (refusals-- > 0) throw new BeitError('OutOfMemory', 'no room');
  };
  const session = onLoops(new ReferenceBackend(), { ready });
  const plan = session.plan({ images: 1, height: 16, width: 16 });
  await refused(() => session.run(request(1)), 'OutOfMemory');
  assert.is.not(session.plan({ images: 1, height: 16, width: 16 }), plan);
  await session.run(request(1));
});

test('another size in between leaves no trace', async () => {
  const { session } = await create(2);
  const before = dataOf(await session.run(request(3)));
  await session.run(request(1, { pixelValues: pixelsOf(1, 24), attentions: true }));
  assert.equal(dataOf(await session.run(request(3))), before);
});

test('passes wait for each other, whatever their sizes', async () => {
  const { session } = await create(2);
  const wanted = [request(3), request(1, { pixelValues: pixelsOf(1, 24, 2) }), request(2, { hiddenStates: true })];
  const alone = [];
  for (const one of wanted) alone.push(dataOf(await session.run(one)));
  const together = await Promise.all(wanted.map((one) => session.run(one)));
  assert.equal(together.map(dataOf), alone);
});

test('a pass aborted halfway rejects at once and leaves the model as it was', async () => {
  const { session } = await create(1);
  const expected = dataOf(await session.run(request(2)));
  const controller = new AbortController();
  const long = session.run(request(3000), controller.signal);
  const next = session.run(request(2));
  setTimeout(() => controller.abort('enough'), 5);
  const error = await refused(() => long, 'Aborted');
  assert.is(error.cause, 'enough');
  assert.equal(dataOf(await next), expected, 'the one that waited behind it runs');
});

test('a pass aborted while it waits does not wait any longer', async () => {
  const { session } = await create(1);
  const controller = new AbortController();
  let over = false;
  const long = session.run(request(3000)).then(() => {
    over = true;
  });
  const waiting = session.run(request(2), controller.signal);
  setTimeout(() => controller.abort('enough'), 5);
  assert.is((await refused(() => waiting, 'Aborted')).cause, 'enough');
  assert.is(over, false);
  await long;
});

test('a signal that fired before its turn costs no planning', async () => {
  const { session } = await create();
  const native = session.plan({ images: 1, height: 16, width: 16 });
  const wide = request(1, { pixelValues: pixelsOf(1, 32) });
  await refused(() => session.run(wide, AbortSignal.abort()), 'Aborted');
  assert.is(session.plan({ images: 1, height: 16, width: 16 }), native);
});

test('disposing refuses the pass that runs and those that wait', async () => {
  for (const threads of [1, 2]) {
    const model = await BeitModel.fromConfig(config, { maxBatch: 1, threads });
    const running = model.forward({ pixelValues: pixelsOf(3000), outputAttentions: true });
    const waiting = model.forward({ pixelValues: pixelsOf(1) });
    const outcomes = Promise.allSettled([running, waiting]);
    await new Promise((later) => setTimeout(later, 10));
    model.dispose();
    for (const outcome of await outcomes) {
      assert.is(outcome.status, 'rejected', `${threads} threads`);
      await refused(() => Promise.reject((outcome as PromiseRejectedResult).reason), 'Disposed', /disposed of/);
    }
    await refused(() => model.memory, 'Disposed');
  }
});

test('a size that no memory can hold is refused, and the next pass runs', async () => {
  const { session, parameters } = await create();
  const expected = dataOf(await session.run(request(1)));
  const weight = parameters.slots.get('encoder.layer.0.output.dense.weight')!;
  const before = weight.get(0, 16 * 24);
  assert.throws(
    () => session.plan({ images: 4096, height: 512, width: 512 }, true),
    /bytes needed, \d+ bytes available/,
  );
  assert.equal(weight.get(0, 16 * 24), before, 'weights can be read while no buffers are planned');
  assert.equal(dataOf(await session.run(request(1))), expected);
});

test.run();

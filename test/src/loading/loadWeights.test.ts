import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { checkpointNames } from '../../../src/loading/checkpointNames.ts';
import { loadWeights, matchSlots, type SlotMap } from '../../../src/loading/loadWeights.ts';
import { warningsOf } from '../../../src/loading/mismatch.ts';
import type { Slot } from '../../../src/model/beit/params/slot.ts';
import { filesOf } from '../../../src/weights/bytes/byteSource.ts';
import { type Checkpoint, openCheckpoint } from '../../../src/weights/checkpoint.ts';
import { refused } from '../refused.ts';
import { typedFile } from '../weights/altered/typedFile.ts';
import { safetensorsFile } from '../weights/safetensors/safetensorsFile.ts';

const test = suite('loading/loadWeights');
const TABLE = 'relative_position_bias.relative_position_bias_table';

interface Kept extends Slot {
  readonly data: Float32Array;
}

function slotOf(...shape: number[]): Kept {
  const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
  const put = (chunk: Float32Array, offset: number) => data.set(chunk, offset);
  return { shape, grain: 1, init: 'zeros', put, data, get: (begin, end) => data.subarray(begin, end) };
}

const mapOf = (slots: Record<string, Slot>, fused: SlotMap['fused'] = new Map()): SlotMap => ({
  slots: new Map(Object.entries(slots)),
  fused,
});

const namesOf = ({ tensors }: Checkpoint) => checkpointNames([...tensors.keys()]);

function checkpointOf(vectors: Record<string, number[]>): Promise<Checkpoint> {
  return openCheckpoint(filesOf({ 'model.safetensors': safetensorsFile(vectors) }));
}

test('tensors reach their slots under any naming; dimensions of one do not matter', async () => {
  const slots = { 'embeddings.cls_token': slotOf(1, 1, 2), 'encoder.layer.0.lambda_1': slotOf(3) };
  const checkpoint = await checkpointOf({ cls_token: [1, 2], 'blocks.0.gamma_1': [3, 4, 5] });
  const report = await loadWeights(checkpoint, mapOf(slots), {});
  assert.equal(report, { missing: [], unexpected: [], prefix: '' });
  assert.equal([...slots['embeddings.cls_token'].data], [1, 2]);
  assert.equal([...slots['encoder.layer.0.lambda_1'].data], [3, 4, 5]);
});

test('a tensor may be read to the place of its slot, unless a fused one fills the slot too', async () => {
  const place = { grain: 1, bytes: () => new Uint8Array() };
  const [part, whole] = ['query', 'qkv'].map((name) => `encoder.layer.0.attention.attention.${name}.weight`);
  const slot = { ...slotOf(2), place };
  const map = mapOf({ [part]: slot }, new Map([[whole, { covers: [part], slot: slotOf(2) }]]));
  for (const names of [[part], [part, whole]]) {
    const checkpoint = await checkpointOf(Object.fromEntries(names.map((name) => [name, [1, 2]])));
    const visit: Checkpoint['visit'] = async (want) => {
      const sink = want(part, checkpoint.tensors.get(part)!);
      assert.is(sink?.raw ? null : sink?.place, names.length === 1 ? place : undefined);
    };
    await loadWeights({ ...checkpoint, visit }, map, {});
  }
});

test('what is missing refuses the load by name and count, five of them at most', async () => {
  const names = Array.from({ length: 7 }, (_, i) => `encoder.layer.${i}.lambda_1`);
  const map = mapOf(Object.fromEntries(names.map((name) => [name, slotOf(1)])));
  const none = await checkpointOf({ 'encoder.layer.6.lambda_1': [1] });
  const error = await refused(() => loadWeights(none, map, {}), 'CheckpointMismatch', /: 6 tensors are missing: /);
  for (const name of names.slice(0, 5)) assert.ok(error.message.includes(`"${name}"`), name);
  assert.match(error.message, /, and 1 more$/);
  assert.not.match(error.message, /layer\.5/);
  const { missing } = await loadWeights(none, map, { allowMissing: true });
  assert.equal(missing, names.slice(0, 6));
});

test('shapes that do not fit are told with both shapes, all before anything is filled', async () => {
  const slots = Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`encoder.layer.${i}.lambda_1`, slotOf(2)]));
  const vectors = Object.fromEntries(Object.keys(slots).map((name, i) => [name, i === 0 ? [1, 2] : [1, 2, 3]]));
  const error = await refused(
    async () => loadWeights(await checkpointOf(vectors), mapOf(slots), {}),
    'CheckpointMismatch',
    /: 5 tensors have another shape: "encoder\.layer\.1\.lambda_1": expected \[2\], got \[3\], /,
  );
  assert.not.match(error.message, /more$/, 'five are all named');
  assert.equal([...slots['encoder.layer.0.lambda_1'].data], [0, 0]);
});

test('what the model has no place for is listed and not read', async () => {
  const slots = { 'embeddings.cls_token': slotOf(1) };
  const checkpoint = await checkpointOf({ 'beit.embeddings.cls_token': [1], extra: [1], 'blocks.0.attn.k_bias': [1] });
  const { targets, report } = matchSlots(checkpoint, await namesOf(checkpoint), mapOf(slots));
  assert.equal(report, { missing: [], unexpected: ['extra'], prefix: '' });
  assert.equal(targets.get('extra'), []);
  assert.not.ok(targets.has('blocks.0.attn.k_bias'), 'known to carry nothing');
});

test('what belongs to the blocks and has no place is an error, unless it is allowed', async () => {
  const slots = { 'embeddings.cls_token': slotOf(1) };
  for (const name of [
    'encoder.layer.0.attention.attention.key.bias',
    'blocks.0.attn.relative_position_bias_table',
    'blocks.1.attn.q_norm.weight',
    'embeddings.position_embeddings',
    'embeddings.register_tokens',
    'layers.0.something',
  ]) {
    const checkpoint = await checkpointOf({ cls_token: [1], [name]: [1, 2] });
    const message = new RegExp(
      `1 tensors of the blocks have no place in the model: "${name.replaceAll('.', '\\.')}"; .*allowUnexpected`,
    );
    await refused(() => loadWeights(checkpoint, mapOf(slots), {}), 'CheckpointMismatch', message);
    const report = await loadWeights(checkpoint, mapOf(slots), { allowUnexpected: true });
    assert.equal(report.unexpected, [name]);
  }
  const heads = ['classifier.bias', 'mask_token', 'pooler.layernorm.bias', 'lm_head.bias', 'neck.convs.0.weight'];
  const checkpoint = await checkpointOf({ cls_token: [1], ...Object.fromEntries(heads.map((name) => [name, [1]])) });
  const report = await loadWeights(checkpoint, mapOf(slots), {});
  assert.equal(await warningsOf(report, checkpoint), [
    '1 tensors of "model.safetensors" have no place in the model and were not used: "neck.convs.0.weight"',
  ]);
  const prefixed = { ...report, unexpected: [], prefix: 'net.' };
  assert.equal(await warningsOf(prefixed, checkpoint), [
    'The prefix "net." was taken off the names of "model.safetensors"',
  ]);
  assert.equal(await warningsOf({ ...prefixed, prefix: 'module.' }, checkpoint), []);
});

test('what is left over of a head that the model has is told; a whole head is not', async () => {
  const checkpoint = await checkpointOf({ cls_token: [1], 'head.weight': [1], 'head.scale': [1], 'fc_norm.bias': [1] });
  const slots = { 'embeddings.cls_token': slotOf(1), 'classifier.weight': slotOf(1) };
  const report = await loadWeights(checkpoint, mapOf(slots), {});
  assert.equal([...report.unexpected].sort(), ['fc_norm.bias', 'head.scale']);
  const [warning, ...more] = await warningsOf(report, checkpoint);
  assert.match(warning, /1 tensors .*: "head\.scale"/);
  assert.equal(more, []);
});

test('what a quantizer added to a layer is called so', async () => {
  const checkpoint = await checkpointOf({ cls_token: [1], 'encoder.layer.0.output.dense.weight_g_idx': [1] });
  const load = () => loadWeights(checkpoint, mapOf({ 'embeddings.cls_token': slotOf(1) }), {});
  await refused(load, 'CheckpointMismatch', /a quantizer added them: dequantize the model in Python/);
});

test('a running mean that is asked for and not there', async () => {
  const checkpoint = await checkpointOf({ cls_token: [1] });
  const map = mapOf({ 'embeddings.cls_token': slotOf(1) });
  await refused(() => loadWeights(checkpoint, map, { useEma: true }), 'CheckpointMismatch', /no running mean/);
});

test('integers without scales are an error', async () => {
  const bytes = await typedFile({ cls_token: ['I8', [1], new Int8Array(1)] });
  const checkpoint = await openCheckpoint(filesOf({ 'model.safetensors': bytes }));
  const map = mapOf({ 'embeddings.cls_token': slotOf(1) });
  await refused(
    () => loadWeights(checkpoint, map, {}),
    'CheckpointMismatch',
    /integers without scales.*"cls_token" \(I8\)/,
  );
});

test('what is missing is told with what is there, and with the class that fits', async () => {
  const map = mapOf({ 'classifier.weight': slotOf(1), 'embeddings.cls_token': slotOf(1) });
  const other = await checkpointOf({ 'x.cls_token': [1], 'x.head.weight': [1] });
  await refused(
    () => loadWeights(other, map, {}),
    'CheckpointMismatch',
    /2 tensors are missing.*; the file has 2 others, such as "x\.cls_token", "x\.head\.weight"$/,
  );
  for (const [name, fitting] of [
    ['lm_head.weight', 'BeitForMaskedImageModeling'],
    ['decode_head.classifier.weight', 'BeitForSemanticSegmentation'],
  ]) {
    const checkpoint = await checkpointOf({ cls_token: [1], [name]: [1] });
    await refused(
      () => loadWeights(checkpoint, map, {}),
      'CheckpointMismatch',
      new RegExp(`the weights are those of a ${fitting}$`),
    );
  }
});

test('a shared table fills the layers that have none of their own', async () => {
  const own = (i: number) => `encoder.layer.${i}.attention.attention.${TABLE}`;
  const slots = { [own(0)]: slotOf(4), [own(1)]: slotOf(4) };
  const both = await checkpointOf({ [own(1)]: [5, 6, 7, 8], [`encoder.${TABLE}`]: [1, 2, 3, 4] });
  await loadWeights(both, mapOf(slots), {});
  assert.equal(
    Object.values(slots).map(({ data }) => [...data]),
    [
      [1, 2, 3, 4],
      [5, 6, 7, 8],
    ],
  );
  const sharing = { [`encoder.${TABLE}`]: slotOf(4), [own(0)]: slotOf(4) };
  const { missing } = await loadWeights(both, mapOf(sharing), { allowMissing: true, allowUnexpected: true });
  assert.equal(missing, [own(0)], 'a model with a shared table keeps it there');
});

test('a fused tensor covers its parts', async () => {
  const [query, value] = [slotOf(2), slotOf(2)];
  const [q, v] = ['query', 'value'].map((part) => `encoder.layer.0.attention.attention.${part}.bias`);
  const put = (chunk: Float32Array, offset: number) => {
    assert.equal([chunk.length, offset], [6, 0]);
    query.data.set(chunk.subarray(0, 2));
    value.data.set(chunk.subarray(4));
  };
  const fused = new Map([
    ['encoder.layer.0.attention.attention.qkv.bias', { slot: { shape: [6], grain: 1, put }, covers: [q, v] }],
  ]);
  const checkpoint = await checkpointOf({ 'blocks.0.attn.qkv.bias': [1, 2, 3, 4, 5, 6] });
  const report = await loadWeights(checkpoint, mapOf({ [q]: query, [v]: value }, fused), {});
  assert.equal(report, { missing: [], unexpected: [], prefix: '' });
  assert.equal(
    [[...query.data], [...value.data]],
    [
      [1, 2],
      [5, 6],
    ],
  );
});

/** A map that counts how often something is looked up in it, or passed on the way through it, and stops at `most`. */
class Counted<T> extends Map<string, T> {
  lookups = 0;

  constructor(
    entries: readonly (readonly [string, T])[],
    readonly most: number,
  ) {
    super(entries);
  }

  #count(): void {
    if (++this.lookups > this.most) throw new Error(`more than ${this.most} looks at ${this.size} entries`);
  }

  override get(name: string): T | undefined {
    this.#count();
    return super.get(name);
  }

  override has(name: string): boolean {
    this.#count();
    return super.has(name);
  }

  override *[Symbol.iterator](): MapIterator<[string, T]> {
    for (const entry of super.entries()) {
      this.#count();
      yield entry;
    }
  }

  override *keys(): MapIterator<string> {
    for (const [name] of this) yield name;
  }
}

test('thirty thousand tensors are matched with a few looks at each', async () => {
  const [count, looks] = [30_000, 10];
  const entries = Array.from({ length: count }, (_, i) => [`junk.${i}`, { dtype: 'F32', shape: [0] }] as const);
  const tensors = new Counted(entries, looks * count);
  const slots = new Counted<Slot>([['embeddings.cls_token', slotOf(1)]], looks * count);
  const checkpoint = { tensors } as unknown as Checkpoint;
  const { report } = matchSlots(checkpoint, await namesOf(checkpoint), { slots, fused: new Map() });
  assert.is(report.unexpected.length, count);
  assert.ok(tensors.lookups >= count && slots.lookups >= count, 'it looked there');
});

test('bytes are counted as they are read, and an abort stops', async () => {
  const slots = { 'embeddings.cls_token': slotOf(3) };
  const checkpoint = await checkpointOf({ 'embeddings.cls_token': [1, 2, 3] });
  let bytes = 0;
  await loadWeights(checkpoint, mapOf(slots), { onBytes: (n) => (bytes += n) });
  assert.is(bytes, 12);
  await refused(() => loadWeights(checkpoint, mapOf(slots), { signal: AbortSignal.abort() }), 'Aborted');
});

test.run();

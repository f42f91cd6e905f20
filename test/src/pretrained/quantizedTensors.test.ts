import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { platform } from '#platform';
import type { Dtype } from '../../../src/backend.ts';
import { BeitForImageClassification } from '../../../src/pretrained/beitForImageClassification.ts';
import { convert } from '../../../src/pretrained/convert.ts';
import { Tensor } from '../../../src/tensor.ts';
import { openCheckpoint } from '../../../src/weights/checkpoint.ts';

const test = suite('pretrained/quantizedTensors');
const folder = mkdtempSync(join(tmpdir(), 'beit-'));
test.after(() => rmSync(folder, { recursive: true }));

const pixels = Float32Array.from({ length: 3072 }, (_, i) => ((i * 7919) % 2001) / 1000 - 1);
const pixelValues = new Tensor('float32', pixels, [1, 3, 32, 32]);

async function logitsOf(source: string, dtype?: Dtype): Promise<Float32Array> {
  using model = await BeitForImageClassification.fromPretrained(source, { dtype });
  return (await model.forward({ pixelValues })).logits.data;
}

for (const [dtype, bytesPerWeight] of [
  ['q8', 1],
  ['q4', 17 / 32],
] as const) {
  test(`${dtype}: what is saved computes the bits of what was quantised while loading`, async () => {
    const out = join(folder, dtype);
    await convert('fixtures/beit-digits', out, { dtype, shardSize: 50_000 });
    const expected = await logitsOf('fixtures/beit-digits', dtype);
    assert.equal(await logitsOf(out), expected);
    assert.equal(await logitsOf(out, dtype), expected);
    const files = await platform.folder(out);
    const { tensors } = await openCheckpoint(files!);
    const weight = tensors.get('beit.encoder.layer.0.intermediate.dense.weight')!;
    assert.equal([weight.dtype, ...weight.shape], ['U8', 256, 64 * bytesPerWeight]);
    assert.equal(tensors.get('beit.encoder.layer.0.intermediate.dense.weight_scale')!.shape, [256]);
  });
}

test('quantised weights are not taken by a model of another dtype', async () => {
  const refused = await logitsOf(join(folder, 'q8'), 'f32').then(
    () => null,
    (error) => error,
  );
  assert.is(refused?.code, 'CheckpointMismatch');
  assert.match(refused.message, /dtype/);
});

test('a model of numbers is not saved as a quantised one', async () => {
  using model = await BeitForImageClassification.fromPretrained('fixtures/beit-digits');
  const refused = await model.savePretrained(join(folder, 'no'), { dtype: 'q8' }).then(
    () => null,
    (error) => error,
  );
  assert.is(refused?.code, 'InvalidArgument');
});

test.run();

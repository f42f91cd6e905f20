import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bytesSource, filesOf } from '../../../../src/weights/bytes/byteSource.ts';
import { openCheckpoint } from '../../../../src/weights/checkpoint.ts';
import { readSafetensors } from '../../../../src/weights/safetensors/safetensors.ts';
import { entriesOf } from '../../../../src/weights/save/saveSafetensors.ts';
import { type TensorEntry, writeSafetensors } from '../../../../src/weights/save/writeSafetensors.ts';
import { refused } from '../../refused.ts';

const test = suite('weights/writeSafetensors');

async function written(entries: readonly TensorEntry[], metadata?: Record<string, string>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  await writeSafetensors(entries, (chunk) => void chunks.push(chunk.slice()), metadata);
  return Buffer.concat(chunks);
}

/** These were written by the reference library: order, padding and all. */
const files = ['models/cls/model.safetensors', 'models/seg/model.safetensors', 'formats/model.f16.safetensors'];
files.push('formats/tensors.safetensors', 'formats/conversions.safetensors', 'formats/timm.safetensors');
for (const file of files) {
  test(`${file}: read and written again, not a byte differs`, async () => {
    const bytes = readFileSync(`fixtures/${file}`);
    const checkpoint = await openCheckpoint(filesOf({ file: bytes }), { file: 'file' });
    const shuffled = entriesOf(checkpoint).sort(
      (a, b) => ((a.name.length * 7919) % 101) - ((b.name.length * 7919) % 101),
    );
    assert.ok((await written(shuffled, Object.fromEntries(checkpoint.metadata))).equals(bytes));
  });
}

const entry = (name: string, shape: number[], bytes: number): TensorEntry => {
  return { name, dtype: 'F32', shape, data: () => [new Uint8Array(bytes)] };
};

test('what it writes can be read: no tensors, empty tensors, names that need escapes', async () => {
  const names = ['a"b\\c\n', 'é', '😀', '￿', ''];
  const file = await written([...names.map((name) => entry(name, [1], 4)), entry('empty', [0, 3], 0)]);
  const { tensors, metadata } = await readSafetensors(bytesSource('file', file));
  assert.equal(tensors.map((t) => t.name).sort(), [...names, 'empty'].sort());
  assert.equal([...metadata], [['format', 'pt']]);
  const none = await written([]);
  assert.is((none.length - 8) % 8, 0);
  assert.is((await readSafetensors(bytesSource('file', none))).tensors.length, 0);
});

test('data that does not fit its shape, and names that stand twice, are refused', async () => {
  await refused(written([entry('a', [2], 4)]), 'InvalidArgument');
  await refused(written([entry('a', [2], 12)]), 'InvalidArgument');
  await refused(written([entry('a', [1], 4), entry('a', [1], 4)]), 'InvalidArgument');
  await refused(written([entry('__metadata__', [1], 4)]), 'InvalidArgument');
});

test.run();

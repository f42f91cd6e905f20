import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { addInspect } from '../../../src/cli/inspect.ts';
import { refused } from '../refused.ts';
import { run } from './printed.ts';

const test = suite('cli/inspect');
const FOLDER = 'fixtures/beit-digits';
const FILE = `${FOLDER}/model.safetensors`;

/** The header of a safetensors file, as JSON reads it. */
function header(): Record<string, { dtype: string; shape: number[] }> {
  const bytes = readFileSync(FILE);
  const { __metadata__: _, ...tensors } = JSON.parse(bytes.toString('utf8', 8, 8 + Number(bytes.readBigUInt64LE(0))));
  return tensors;
}

test('says of the file what its header says, and of the config what it holds', async () => {
  const found = JSON.parse((await run(addInspect, 'inspect', FOLDER, '--json')).stdout);
  const tensors = Object.values(header());
  assert.equal(found.file, {
    name: 'model.safetensors',
    bytes: statSync(FILE).size,
    tensors: tensors.length,
    dtypes: [...new Set(tensors.map(({ dtype }) => dtype))],
  });
  assert.is(found.architecture, 'BeitForImageClassification');
  assert.is(found.config.hidden_size, JSON.parse(readFileSync(`${FOLDER}/config.json`, 'utf8')).hidden_size);
});

test('the memory of every dtype adds up, and the fewer bits the less of it', async () => {
  const { memory } = JSON.parse((await run(addInspect, 'inspect', FOLDER, '--json')).stdout);
  assert.equal(Object.keys(memory), ['f32', 'f16', 'bf16', 'q8', 'q4']);
  assert.ok(memory.q4.weights < memory.q8.weights && memory.q8.weights < memory.f16.weights);
  assert.ok(memory.f16.weights < memory.f32.weights);
  const floats = Object.entries(header()).filter(([name]) => !name.endsWith('relative_position_index'));
  const parameters = floats.reduce((sum, [, { shape }]) => sum + shape.reduce((a, b) => a * b, 1), 0);
  for (const { parameters: counted } of Object.values(memory) as { parameters: number }[])
    assert.is(counted, parameters);
});

test('for people: the model inside unless another is named, in words and megabytes', async () => {
  const { stdout } = await run(addInspect, 'inspect');
  assert.match(stdout, /^\S*fixtures\/beit-digits\n\nclass\s+BeitForImageClassification\n/);
  assert.match(stdout, /\npicture\s+\d+ × \d+ pixels in patches of \d+\n/);
  assert.match(stdout, /\nparameters\s+\d{3},\d{3}\n/);
  const megabytes = (statSync(FILE).size / 1e6).toFixed(1);
  assert.ok(
    stdout.includes(`model.safetensors, ${megabytes} MB, ${Object.keys(header()).length} tensors of F32\n`),
    stdout,
  );
  for (const dtype of ['f32', 'f16', 'bf16', 'q8', 'q4'])
    assert.match(stdout, new RegExp(`\\n${dtype} +(\\d+\\.\\d MB\\s+){4}`));
});

test('a folder without a config is told by name', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'beit-inspect-'));
  await refused(
    run(addInspect, 'inspect', folder),
    'FileNotFound',
    /Cannot inspect ".*beit-inspect-.*": it has no config\.json/,
  );
  rmSync(folder, { recursive: true });
});

test.run();

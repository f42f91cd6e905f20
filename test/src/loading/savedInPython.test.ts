import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { platform } from '#platform';
import { BeitConfig } from '../../../src/model/beit/config/config.ts';
import { BeitForImageClassification } from '../../../src/pretrained/beitForImageClassification.ts';
import { BeitForMaskedImageModeling } from '../../../src/pretrained/beitForMaskedImageModeling.ts';
import { BeitForSemanticSegmentation } from '../../../src/pretrained/beitForSemanticSegmentation.ts';
import { convert } from '../../../src/pretrained/convert.ts';
import { Tensor } from '../../../src/tensor.ts';
import { saveSafetensors } from '../../../src/weights/save/saveSafetensors.ts';
import { readAll } from '../weights/readAll.ts';

const test = suite('loading/savedInPython');
const python = process.env.PYTHON?.split(',')[0];
const found = python && spawnSync(python, ['-c', 'import torch, transformers']).status === 0;
if (!found) console.log('skip: PYTHON names no Python with torch and transformers');
const inPython = found ? test : test.skip;
const folder = mkdtempSync(join(tmpdir(), 'beit-'));
test.after(() => rmSync(folder, { recursive: true }));

const SIZE = 32;
const pixels = Float32Array.from({ length: 3 * SIZE * SIZE }, (_, i) => ((i * 7919) % 2001) / 1000 - 1);
const pixelValues = new Tensor('float32', pixels, [1, 3, SIZE, SIZE]);
const json = (path: string) => BeitConfig.fromJSON(JSON.parse(readFileSync(`${path}/config.json`, 'utf8')));

const CLASSES = { BeitForImageClassification, BeitForMaskedImageModeling, BeitForSemanticSegmentation };
/** What is converted, by which class it is read here, and how. */
const CASES = [
  ['digits', 'BeitForImageClassification', 'fixtures/beit-digits', {}],
  ['digits-f16', 'BeitForImageClassification', 'fixtures/beit-digits', { dtype: 'f16', shardSize: 200_000 }],
  ['digits-bf16', 'BeitForImageClassification', 'fixtures/beit-digits', { dtype: 'bf16' }],
  ['masked', 'BeitForMaskedImageModeling', 'fixtures/beit-digits-pt', {}],
  [
    'unilm',
    'BeitForImageClassification',
    'fixtures/formats/unilm.pth',
    { allowStubs: true, config: json('fixtures/models/cls') },
  ],
  ['segmentation', 'BeitForSemanticSegmentation', 'fixtures/models/seg', {}],
] as const;

async function prepare([name, , source, options]: (typeof CASES)[number]): Promise<string> {
  const out = join(folder, name);
  await convert(source, out, options);
  const bytes = new Uint8Array(pixels.buffer);
  const create = await platform.writer!(out);
  const entry = { name: 'pixel_values', dtype: 'F32', shape: pixelValues.dims, data: () => [bytes] } as const;
  await saveSafetensors([entry], () => create('input.safetensors'));
  return out;
}

inPython('transformers opens what is written and gives our numbers', async () => {
  const folders: string[] = [];
  for (const one of CASES) folders.push(await prepare(one));
  const run = spawnSync(python!, ['fixtures/make/open_saved.py', ...folders], { encoding: 'utf8' });
  assert.is(run.status, 0, run.stderr);
  for (const [i, [name, kind]] of CASES.entries()) {
    using model = await CLASSES[kind].fromPretrained(folders[i]);
    const { logits } = await model.forward({ pixelValues });
    const files = await platform.folder(folders[i]);
    const theirs = (await readAll(files!, { file: 'output.safetensors' })).get('logits')!.data;
    const worst = logits.data.reduce((most, x, j) => Math.max(most, Math.abs(x - theirs[j])), 0);
    console.log(`${name}: ${worst}`);
    assert.ok(worst < 1e-4, `${name} differs by ${worst}`);
  }
});

inPython('transformers refuses q8 and q4, instead of taking integers for weights', async () => {
  for (const [dtype, shardSize] of [['q8'], ['q4'], ['q8', 100_000]] as const) {
    const out = join(folder, `refused-${dtype}-${shardSize}`);
    await convert('fixtures/beit-digits', out, { dtype, shardSize });
    const script =
      'import sys; from transformers import BeitForImageClassification as B; B.from_pretrained(sys.argv[1])';
    const run = spawnSync(python!, ['-c', script, out], { encoding: 'utf8' });
    assert.is.not(run.status, 0);
    assert.match(run.stderr, /no file named model\.safetensors/);
    using model = await BeitForImageClassification.fromPretrained(out);
    assert.is(model.config.numLabels, 10, 'and here it opens');
  }
});

test('the script that Python runs is there', () => {
  assert.match(readFileSync('fixtures/make/open_saved.py', 'utf8'), /from_pretrained/);
});

test.run();

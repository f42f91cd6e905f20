import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { checkpointNames, plainNames } from '../../../src/loading/checkpointNames.ts';
import { canonicalNames } from '../../../src/model/beit/config/names.ts';
import { filesOf } from '../../../src/weights/bytes/byteSource.ts';
import { openCheckpoint } from '../../../src/weights/checkpoint.ts';
import { refused } from '../refused.ts';

const test = suite('loading/checkpointNames');

async function namesIn(folder: string): Promise<string[]> {
  const bytes = new Uint8Array(readFileSync(`${folder}/model.safetensors`));
  return [...(await openCheckpoint(filesOf({ 'model.safetensors': bytes }))).tensors.keys()];
}

test('plain names mean what the rules for all names say', async () => {
  const folders = ['beit-digits', ...readdirSync('fixtures/models').map((name) => `models/${name}`)];
  const plain: string[] = [];
  for (const folder of folders.filter((each) => existsSync(`fixtures/${each}/model.safetensors`))) {
    const names = await namesIn(`fixtures/${folder}`);
    const found = plainNames(names);
    if (found) plain.push(folder);
    if (found) assert.equal([...found], [...canonicalNames(names)], folder);
    assert.equal([...(await checkpointNames(names)).canonical], [...canonicalNames(names)], folder);
  }
  for (const usual of ['beit-digits', 'models/cls', 'models/deit_cls']) assert.ok(plain.includes(usual), usual);
  assert.not.ok(
    plain.some((name) => name.includes('dinov2')),
    'DINOv2 has names of its own',
  );
});

test('scales of integers, and buffers that carry no weights', () => {
  const query = 'encoder.layer.0.attention.attention.query.weight';
  const index = 'encoder.layer.0.attention.attention.relative_position_bias.relative_position_index';
  const names = [`beit.${query}`, `beit.${query}_scale`, `beit.${index}`, 'classifier.weight'];
  assert.equal([...plainNames(names)!], [...canonicalNames(names)]);
  assert.is(plainNames(names)!.get(`beit.${index}`), null);
});

test('what plain names cannot tell, the rules do', async () => {
  for (const name of ['blocks.0.norm1.weight', 'layernorm.weight', 'net.classifier.weight', 'classifier.weight.x'])
    assert.is(plainNames([name]), null, name);
  const twice = ['beit.embeddings.cls_token', 'embeddings.cls_token'];
  assert.is(plainNames(twice), null);
  await refused(() => checkpointNames(twice), 'InvalidCheckpoint', /Cannot tell tensors apart/);
});

test.run();

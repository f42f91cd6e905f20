import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { pipeline, type Task } from '../../../src/pipelines/pipeline.ts';
import { refused } from '../refused.ts';

const test = suite('pipelines/pipeline');

for (const task of ['image-classification', 'image-feature-extraction', 'image-segmentation', 'fill-mask-image']) {
  test(`${task}: without an image processor no weights are read, and no model is left behind`, async () => {
    const asked: string[] = [];
    const open = async (name: string) => {
      asked.push(name);
      return null;
    };
    await refused(() => pipeline(task as Task, { open }), 'FileNotFound', /preprocessor_config\.json/);
    assert.equal(asked, ['preprocessor_config.json']);
  });
}

test('one file alone is refused with what to give instead', async () => {
  const bytes = new Uint8Array(readFileSync('fixtures/beit-digits/model.safetensors'));
  for (const source of [bytes, bytes.buffer, new Blob([bytes])]) {
    const names = /no preprocessor_config\.json; give the files by name, \{ 'preprocessor_config\.json'/;
    await refused(() => pipeline('image-classification', source), 'FileNotFound', names);
  }
});

test.run();

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

test.run();

import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { pipeline, type Task } from '../../../src/pipelines/pipeline.ts';
import { bytesSource } from '../../../src/weights/bytes/byteSource.ts';
import { refused } from '../refused.ts';

const test = suite('pipelines/pipeline');

for (const task of ['image-classification', 'image-feature-extraction', 'image-segmentation', 'fill-mask-image']) {
  test(`${task}: without an image processor the load of the weights is aborted`, async () => {
    let [read, ended] = [0, false];
    const bytes = new Uint8Array(readFileSync('fixtures/beit-digits/model.safetensors'));
    const weights = {
      ...bytesSource('model.safetensors', bytes),
      async *stream(begin: number, end: number) {
        try {
          for (let at = begin; at < end; at += 1000, read++) {
            await new Promise((later) => setTimeout(later, 1));
            yield bytes.subarray(at, Math.min(end, at + 1000));
          }
        } finally {
          ended = true;
        }
      },
    };
    const config = new Uint8Array(readFileSync('fixtures/beit-digits/config.json'));
    const open = async (name: string) => {
      if (name === 'model.safetensors') return weights;
      if (name === 'config.json') return bytesSource(name, config);
      await new Promise((later) => setTimeout(later, 100));
      return null;
    };
    const options = { threads: 1, allowMissing: true } as const;
    await refused(() => pipeline(task as Task, { open }, options), 'FileNotFound', /preprocessor_config\.json/);
    await new Promise((later) => setTimeout(later, 30));
    assert.ok(read < bytes.length / 1000 - 100, `${read} chunks were read`);
    assert.ok(read === 0 || ended);
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

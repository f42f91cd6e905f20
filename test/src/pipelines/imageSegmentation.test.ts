import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { pipeline } from '../../../src/pipelines/pipeline.ts';
import { randomFloats } from '../../reference/linear.ts';
import { refused } from '../refused.ts';

const test = suite('pipelines/imageSegmentation');
const FOLDER = 'fixtures/models/seg';
const file = (name: string) => new Uint8Array(readFileSync(name));
const segment = await pipeline('image-segmentation', {
  'config.json': file(`${FOLDER}/config.json`),
  'model.safetensors': file(`${FOLDER}/model.safetensors`),
  'preprocessor_config.json': new TextEncoder().encode(
    JSON.stringify({ size: { height: 16, width: 16 }, do_center_crop: false }),
  ),
});
test.after(() => segment.dispose());
const picture = (width: number, height: number, seed: number) => ({
  data: Uint8Array.from(randomFloats(width * height * 3, seed), (x) => 128 + 127 * x),
  width,
  height,
});

test('segments cover the picture in its own size, largest first', async () => {
  const map = await segment.segment(picture(23, 17, 1));
  assert.equal(map.dims, [17, 23]);
  const segments = await segment(picture(23, 17, 1));
  assert.ok(Math.abs(segments.reduce((sum, { share }) => sum + share, 0) - 1) < 1e-12);
  for (const [i, { mask, index, share, label, score }] of segments.entries()) {
    assert.equal([mask.width, mask.height, mask.channels, score], [23, 17, 1, null]);
    assert.is(label, segment.model.config.id2label[index]);
    assert.ok(i === 0 || share <= segments[i - 1].share);
    assert.ok(mask.data.every((value, at) => value === (map.data[at] === index ? 255 : 0)));
  }
});

test('pictures of several sizes in one list', async () => {
  const pictures = [picture(20, 10, 2), picture(9, 31, 3)];
  const both = await segment(pictures);
  assert.equal(
    both.map(([{ mask }]) => [mask.width, mask.height]),
    [
      [20, 10],
      [9, 31],
    ],
  );
  assert.equal(both[1], await segment(pictures[1]));
  await refused(() => segment(pictures, { signal: AbortSignal.abort() }), 'Aborted');
});

test.run();

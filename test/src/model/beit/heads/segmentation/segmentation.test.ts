import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Architecture } from '../../../../../../src/model/beit/architecture.ts';
import { BeitConfig } from '../../../../../../src/model/beit/config/config.ts';
import { segmentationArchitecture } from '../../../../../../src/model/beit/heads/segmentation/segmentation.ts';
import { memoryPlan } from '../../../../../../src/pretrained/memoryPlan.ts';

const test = suite('model/beit/heads/segmentation/segmentation');
const architecture = segmentationArchitecture() as Architecture;
const ADE = { imageSize: 640, useRelativePositionBias: true, numLabels: 150 };
const base = new BeitConfig({ ...ADE, outIndices: [3, 5, 7, 11] });
const megabytes = (bytes: number) => (bytes / 1e6).toFixed(0);

test('a 640×640 BEiT-base segmentation is planned within 2.5 GB, without growing any memory', async () => {
  const { parameters, weights, buffers, scratch, total } = await memoryPlan(base, architecture);
  const parts = `weights ${megabytes(weights)}, buffers ${megabytes(buffers)}, scratch ${megabytes(scratch)}`;
  console.log(`BEiT-base ADE 640×640: ${parameters} parameters; MB: ${parts}, together ${megabytes(total)}`);
  assert.is(parameters, 163_428_460); // as torch counts its state_dict, index buffers left out
  assert.ok(total < 2.5e9);
});

test('every further image costs its own activations, not another head', async () => {
  const plan = (images: number) => memoryPlan(base, architecture, { input: { images, height: 640, width: 640 } });
  const [one, two] = [await plan(1), await plan(2)];
  const more = two.total - one.total;
  console.log(`a second image adds ${megabytes(more)} MB`);
  assert.ok(more < one.buffers / 4);
});

test.run();

import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BeitError, pipeline as libraryPipeline } from '../../../src/index.ts';
import { type PipelineTask, pipeline } from '../../../src/transformers/pipeline.ts';
import { RawImage } from '../../../src/transformers/rawImage.ts';

const test = suite('transformers/pipeline');
const DIGITS = 'fixtures/beit-digits';
const SCAN = `${DIGITS}/scans/0005-5.png`;
const run = { threads: 1 };

const rejects = (promise: Promise<unknown>, code: string, message: RegExp) =>
  promise.then(
    () => assert.unreachable('it must reject'),
    (error) => {
      assert.instance(error, BeitError);
      assert.is((error as BeitError).code, code);
      assert.match((error as BeitError).message, message);
    },
  );

test('a classifier gives label and score of the library, and nothing else', async () => {
  using own = await libraryPipeline('image-classification', DIGITS, run);
  using classify = await pipeline('image-classification', DIGITS, run);
  const expected = (await own(SCAN, { topK: null })).map(({ label, score }) => ({ label, score }));
  assert.is(expected.length, 10);
  assert.equal(await classify(SCAN, { top_k: null }), expected);
  assert.equal(await classify(SCAN), expected.slice(0, 5));
  assert.equal(await classify([SCAN, SCAN], { top_k: 1 }), [expected.slice(0, 1), expected.slice(0, 1)]);
  assert.equal(await classify(await RawImage.read(SCAN), { top_k: null }), expected);
  assert.is(classify.task, 'image-classification');
});

test('features are a tensor with nested lists', async () => {
  using own = await libraryPipeline('image-feature-extraction', DIGITS, run);
  using extract = await pipeline('image-feature-extraction', DIGITS, run);
  const hidden = await extract(SCAN);
  assert.equal(hidden.data, (await own(SCAN)).data);
  const pooled = await extract([SCAN, SCAN], { pool: true });
  const expected = await own([SCAN, SCAN], { pool: true });
  assert.equal([pooled.type, pooled.dims], ['float32', [2, 64]]);
  assert.equal((pooled.tolist() as number[][]).flat(), Array.from(expected.data));
});

test('segments have a mask that is a RawImage', async () => {
  const folder = 'fixtures/beit-scenes';
  using own = await libraryPipeline('image-segmentation', folder, run);
  using segment = await pipeline('image-segmentation', folder, run);
  const expected = await own(SCAN);
  const found = await segment(SCAN, { subtask: 'semantic' });
  assert.ok(found.length > 0);
  assert.equal(
    found.map(({ label, score, mask }) => [label, score, mask.width, mask.height, mask.data]),
    expected.map(({ label, score, mask }) => [label, score, mask.width, mask.height, mask.data]),
  );
  assert.ok(found.every(({ mask }) => mask instanceof RawImage && mask.channels === 1));
  await rejects(segment(SCAN, { subtask: 'panoptic' as 'semantic' }), 'InvalidArgument', /subtask "panoptic"/);
});

test('depth is a tensor and a gray picture', async () => {
  const read = (name: string) => new Uint8Array(readFileSync(`fixtures/models/depth_anything/${name}`));
  const processor = JSON.stringify({ image_processor_type: 'DPTImageProcessor', size: { height: 20, width: 20 } });
  const files = {
    'config.json': read('config.json'),
    'model.safetensors': read('model.safetensors'),
    'preprocessor_config.json': new TextEncoder().encode(processor),
  };
  using own = await libraryPipeline('depth-estimation', files, run);
  using estimate = await pipeline('depth-estimation', files, run);
  const expected = await own(SCAN);
  const { predicted_depth, depth } = await estimate(SCAN);
  assert.equal(predicted_depth.data, expected.predictedDepth.data);
  assert.equal(predicted_depth.dims, expected.predictedDepth.dims);
  assert.equal(depth.data, expected.depth.data);
  assert.instance(depth, RawImage);
  assert.is((await estimate([SCAN, SCAN])).length, 2);
});

test('quantized and progress_callback do what dtype and onProgress do', async () => {
  using own = await libraryPipeline('image-classification', DIGITS, { ...run, dtype: 'q8' });
  const events: string[] = [];
  const options = {
    ...run,
    quantized: true,
    progress_callback: ({ status }: { status: string }) => events.push(status),
  };
  using classify = await pipeline('image-classification', DIGITS, options);
  const [{ score }] = await own(SCAN);
  assert.is((await classify(SCAN))[0].score, score);
  assert.is(events.at(-1), 'ready');
});

test('what does not exist here is an error that says so', async () => {
  await rejects(pipeline('text-generation' as PipelineTask, DIGITS), 'InvalidArgument', /Unsupported task "text-gen/);
  await rejects(pipeline('image-classification', '' as string), 'InvalidArgument', /name a model/);
  const options = { session_options: {} } as object;
  await rejects(pipeline('image-classification', DIGITS, options), 'InvalidArgument', /sessionOptions/);
  using classify = await pipeline('image-classification', DIGITS, run);
  await rejects(classify(SCAN, { pool: true }), 'InvalidArgument', /pool/);
  await classify.dispose();
  await rejects(classify(SCAN), 'Disposed', /disposed/);
});

test.run();

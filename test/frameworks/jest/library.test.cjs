// As a user of Jest writes it: CommonJS, and arrays of the realm that Jest makes for each test file.
const { readFileSync } = require('node:fs');
const { BeitError, BeitForImageClassification, BeitImageProcessor, pipeline, Tensor } = require('beit-wasm');

const { MODEL } = process.env;
const scan = readFileSync(`${MODEL}/scans/0005-5.png`);

test('a pipeline reads a digit, on two threads and in a worker', async () => {
  for (const options of [{ threads: 2 }, { worker: true }]) {
    const classify = await pipeline('image-classification', MODEL, options);
    const [best] = await classify(scan);
    expect(best.label).toBe('5');
    expect(best.score).toBeCloseTo(0.9137, 4);
    classify.dispose();
  }
});

test('tensors are of the realm of the test', async () => {
  const processor = await BeitImageProcessor.fromPretrained(MODEL);
  const model = await BeitForImageClassification.fromPretrained(MODEL);
  const pixels = { data: new Uint8ClampedArray(64 * 4).fill(255), width: 8, height: 8 };
  const { pixelValues } = await processor.preprocess(pixels);
  const again = new Tensor('float32', Float32Array.from(pixelValues.data), pixelValues.dims);
  const { logits } = await model.forward({ pixelValues: again });
  expect(logits.data).toBeInstanceOf(Float32Array);
  expect(logits.dims).toEqual([1, 10]);
  expect((await model.forward({ pixelValues })).logits).toEqual(logits);
  model.dispose();
});

test('failures are what they are elsewhere', async () => {
  await expect(pipeline('image-classification', './nope')).rejects.toThrow(BeitError);
  await expect(pipeline('image-classification', './nope')).rejects.toMatchObject({ code: 'FileNotFound' });
});

test('the other entries', async () => {
  const { pipeline: other, RawImage } = require('beit-wasm/transformers');
  const classify = await other('image-classification', MODEL, { dtype: 'fp32' });
  const [{ label }] = await classify(await RawImage.read(scan));
  expect(label).toBe('5');
  expect(typeof require('beit-wasm/serve').createServer).toBe('function');
  expect(typeof require('beit-wasm/train').fineTune).toBe('function');
});

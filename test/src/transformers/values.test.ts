import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BeitError, decode } from '../../../src/index.ts';
import { AutoProcessor, env, RawImage, softmax, Tensor } from '../../../src/transformers/index.ts';

const test = suite('transformers/values');
const SCAN = 'fixtures/beit-digits/scans/0005-5.png';

const codeOf = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    return error instanceof BeitError ? error.code : error;
  }
};
const codeOfPromise = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error) => (error instanceof BeitError ? error.code : error),
  );

test('a RawImage has the pixels of decode, from whatever it is read', async () => {
  const bytes = new Uint8Array(readFileSync(SCAN));
  const { data, width, height } = await decode(bytes);
  const blob = new Blob([bytes]);
  for (const image of [await RawImage.read(SCAN), await RawImage.fromBlob(blob), await RawImage.fromURL(SCAN)]) {
    assert.equal(image.data, data);
    assert.equal([image.size, image.channels], [[width, height], 3]);
  }
  const image = await RawImage.read(bytes);
  assert.is(await RawImage.read(image), image);
  assert.equal(image.clone(), image);
  assert.is.not(image.clone().data, image.data);
});

test('a RawImage becomes a PNG', async () => {
  const image = await RawImage.read(SCAN);
  const file = join(mkdtempSync(join(tmpdir(), 'rawimage-')), 'x.png');
  await image.save(file);
  assert.equal((await RawImage.read(file)).data, image.data);
  const blob = await image.toBlob();
  assert.is(blob.type, 'image/png');
  assert.equal(new Uint8Array(await blob.arrayBuffer()), new Uint8Array(readFileSync(file)));
  assert.is(await codeOfPromise(image.toBlob('image/webp')), 'UnsupportedFormat');
  assert.is(await codeOfPromise(image.save('x.jpg')), 'UnsupportedFormat');
  assert.is(await codeOfPromise(image.save(join(file, 'y.png'))), 'FileSystem');
  assert.is(
    codeOf(() => new RawImage(new Uint8Array(5), 1, 2, 3)),
    'InvalidArgument',
  );
});

test('a tensor gives nested lists', () => {
  const data = Float32Array.from({ length: 6 }, (_, i) => i);
  assert.equal(new Tensor('float32', data, [1, 2, 3]).tolist(), [
    [
      [0, 1, 2],
      [3, 4, 5],
    ],
  ]);
  assert.equal(new Tensor('int64', new BigInt64Array([7n]), []).tolist(), 7n);
  assert.equal(new Tensor('float32', new Float32Array(0), [2, 0]).tolist(), [[], []]);
  assert.is(new Tensor('float32', data, [6]).size, 6);
});

test('softmax keeps the form of its input', () => {
  assert.equal(softmax([0, 0]), [0.5, 0.5]);
  const scores = softmax(new Float32Array([1, 2, 3]));
  assert.instance(scores, Float32Array);
  assert.ok(Math.abs(scores[2] - 1 / (1 + Math.exp(-1) + Math.exp(-2))) < 1e-7);
});

test('env has what can be set here, and says what cannot', async () => {
  const set = (name: string, value: unknown) => codeOf(() => Object.assign(env, { [name]: value }));
  for (const [name, value] of Object.entries({ useBrowserCache: false, cacheDir: 3, allowRemoteModels: 'no' }))
    assert.is(set(name, value), 'InvalidArgument', name);
  assert.is(set('allowLocalModels', false), 'InvalidArgument');
  assert.is(set('allowLocalModels', true), undefined);
  assert.is(
    codeOf(() => Reflect.get(env, 'backends')),
    'InvalidArgument',
  );
});

test('models are looked for in localModelPath, then where the name says', async () => {
  env.allowRemoteModels = false;
  env.cacheDir = mkdtempSync(join(tmpdir(), 'cache-'));
  try {
    assert.is(await codeOfPromise(AutoProcessor.from_pretrained('someone/beit-digits')), 'FileNotFound');
    assert.is(await codeOfPromise(AutoProcessor.from_pretrained('beit-digits')), 'FileNotFound');
    for (const folder of ['fixtures', './fixtures/', join(process.cwd(), 'fixtures')]) {
      env.localModelPath = folder;
      const { pixel_values } = await (await AutoProcessor.from_pretrained('beit-digits'))(SCAN);
      assert.equal(pixel_values.dims, [1, 3, 32, 32], folder);
    }
    assert.is(await codeOfPromise(AutoProcessor.from_pretrained('no-such')), 'FileNotFound');
    assert.ok(await AutoProcessor.from_pretrained('./fixtures/beit-digits'));
  } finally {
    Object.assign(env, { allowRemoteModels: true, cacheDir: null, localModelPath: null });
  }
});

test('remoteHost is where the hub is asked', async () => {
  const asked: string[] = [];
  const fetch = async (url: string | URL | Request) => {
    asked.push(String(url));
    return new Response('{}', { status: 404 });
  };
  env.remoteHost = 'https://hub.example.org/';
  try {
    const options = { fetch: fetch as typeof globalThis.fetch, cache_dir: mkdtempSync(join(tmpdir(), 'cache-')) };
    assert.type(await codeOfPromise(AutoProcessor.from_pretrained('someone/model', options)), 'string');
    assert.ok(asked.length > 0 && asked.every((url) => url.startsWith('https://hub.example.org/')), asked.join());
  } finally {
    env.remoteHost = null;
  }
});

test.run();

import { existsSync, readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { hasRival, rivalPackage } from '../../../bench/contestants/rivalPackage.ts';
import type { OnnxRuntime } from '../../../bench/contestants/rivalTypes.ts';
import { onnxFile, type Recording } from '../../../bench/onnx/onnxFile.ts';
import { recordClassifier } from '../../../bench/onnx/recordClassifier.ts';
import { Random } from '../../../src/model/beit/random.ts';
import { BeitForImageClassification } from '../../../src/pretrained/beitForImageClassification.ts';
import { Tensor } from '../../../src/tensor.ts';
import { bytesSource, type ModelFiles } from '../../../src/weights/bytes/byteSource.ts';

const test = suite('bench/onnx/recordClassifier');
const RIVAL = 'onnxruntime-web';

function folder(path: string): ModelFiles {
  return {
    open: async (name) =>
      existsSync(`${path}/${name}`) ? bytesSource(name, new Uint8Array(readFileSync(`${path}/${name}`))) : null,
  };
}

function count({ graph }: Recording, op: string): number {
  return graph.nodes.filter((node) => node.op === op).length;
}

test('writes down every product of the digits model, and what int8 adds', async () => {
  const f32 = await recordClassifier(folder('fixtures/beit-digits'), { int8: false });
  // a block: query, key, value, scores, context, proj, fc1, fc2; then the classifier
  assert.is(count(f32, 'MatMul'), 4 * 8 + 1);
  assert.is(count(f32, 'Softmax'), 4);
  const int8 = await recordClassifier(folder('fixtures/beit-digits'), { int8: true });
  assert.is(count(int8, 'MatMulInteger'), 4 * 6 + 1);
  assert.is(count(int8, 'MatMul'), 4 * 2);
  // query, key and value share their input
  assert.is(count(int8, 'DynamicQuantizeLinear'), 4 * 4 + 1);
});

test('a node reads only what stands before it', async () => {
  const { graph, input, output } = await recordClassifier(folder('fixtures/beit-digits'), { int8: true });
  const known = new Set([input.name, ...graph.initializers.keys()]);
  for (const node of graph.nodes) {
    for (const name of node.inputs) assert.ok(known.has(name), `${node.op} reads ${name}`);
    for (const name of node.outputs) known.add(name);
  }
  assert.ok(known.has(output.name));
});

async function runInOnnxruntime(recording: Recording, pixels: Tensor): Promise<Float32Array> {
  const ort = rivalPackage<OnnxRuntime>(RIVAL);
  ort.env.wasm.numThreads = 1;
  const session = await ort.InferenceSession.create(new Uint8Array(Buffer.concat(onnxFile(recording))));
  const feeds = { [recording.input.name]: new ort.Tensor('float32', pixels.data, pixels.dims) };
  return (await session.run(feeds))[recording.output.name].data;
}

const installed = hasRival(RIVAL);
if (!installed) console.log('skip: onnxruntime is not installed; npm ci in bench/rivals');

for (const path of ['fixtures/beit-digits', 'fixtures/models/cls', 'fixtures/models/cls_cls_token']) {
  (installed ? test : test.skip)(`onnxruntime computes our logits from the file of ${path}`, async () => {
    using model = await BeitForImageClassification.fromPretrained(path);
    const { height, width } = model.config.nativeSize;
    const random = new Random(7);
    const data = new Float32Array(3 * height * width).map(() => random.normal());
    const pixelValues = new Tensor('float32', data, [1, 3, height, width]);
    const { logits } = await model.forward({ pixelValues });
    const recording = await recordClassifier(folder(path), { int8: false });
    assert.equal([...recording.input.dims], pixelValues.dims);
    const theirs = await runInOnnxruntime(recording, pixelValues);
    const worst = logits.data.reduce((most, value, i) => Math.max(most, Math.abs(value - theirs[i])), 0);
    assert.ok(theirs.length === logits.data.length && worst < 2e-5, `worst difference ${worst}`);
  });
}

test.run();

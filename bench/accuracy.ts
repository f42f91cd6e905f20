import { DTYPES, type Dtype } from '../src/dtype.ts';
import { Random } from '../src/model/beit/random.ts';
import {
  BeitForImageClassification,
  type ImageClassifierOutput,
} from '../src/pretrained/beitForImageClassification.ts';
import { Tensor } from '../src/tensor.ts';
import type { ModelFiles } from '../src/weights/bytes/byteSource.ts';
import { cosine, largestDifference, rmsDifference } from './contest/statistics.ts';
import { hasRival, rivalPackage } from './contestants/rivalPackage.ts';
import type { OnnxRuntime } from './contestants/rivalTypes.ts';
import { baseModel } from './models/baseModel.ts';
import { digits } from './models/digits.ts';
import { withOutliers } from './models/outliers.ts';
import { onnxFile } from './onnx/onnxFile.ts';
import { recordClassifier } from './onnx/recordClassifier.ts';
import type { BenchOptions } from './options.ts';

/** How far one way of keeping weights lies from our f32, over all images of one model. */
export interface Accuracy {
  readonly model: string;
  readonly engine: string;
  /** Share of the images classified as labelled; for models that learned something. */
  readonly accuracy?: number;
  /** Mean over images of the cosine of the logits. */
  readonly cosine: number;
  readonly largest: number;
  readonly rms: number;
  /** Least cosine and largest difference of any hidden state; where they can be had. */
  readonly hidden?: { readonly cosine: number; readonly largest: number; readonly cosines: readonly number[] };
}

interface Subject {
  readonly name: string;
  readonly files: ModelFiles;
  readonly pixels: Tensor;
  readonly labels?: ArrayLike<number>;
}

const BASE_IMAGES = 2;

/** Every dtype, and onnxruntime's dynamic int8 of the same weights, against our f32. */
export async function benchAccuracy(options: BenchOptions): Promise<Accuracy[]> {
  const subjects = [
    heldoutDigits,
    () => base('BEiT-base, random', baseModel()),
    async () => base('BEiT-base, random, outliers', await withOutliers(baseModel())),
  ];
  const results: Accuracy[] = [];
  for (const [i, make] of subjects.entries()) {
    const subject = await make();
    results.push(...(await compare(subject, options)));
    options.progress(subject.name, i + 1, subjects.length);
  }
  return results;
}

async function compare(subject: Subject, options: BenchOptions): Promise<Accuracy[]> {
  const withHidden = !subject.labels;
  const exact = await run(subject, 'f32', withHidden);
  const results: Accuracy[] = [];
  for (const dtype of DTYPES) {
    const { logits, hiddenStates } = dtype === 'f32' ? exact : await run(subject, dtype, withHidden);
    const hidden = hiddenStates && hiddenDistance(exact.hiddenStates!, hiddenStates);
    results.push({ ...distance(subject, dtype, exact.logits.data, logits.data), hidden });
  }
  if (!hasRival('onnxruntime-web')) options.say('onnxruntime is not installed: its int8 is left out');
  else results.push(distance(subject, 'onnxruntime int8', exact.logits.data, await runOnnxruntime(subject)));
  return results;
}

async function run({ files, pixels }: Subject, dtype: Dtype, hidden: boolean): Promise<ImageClassifierOutput> {
  using model = await BeitForImageClassification.fromPretrained(files, { dtype, threads: 1 });
  // awaited, for the model lives until then
  return await model.forward({ pixelValues: pixels, outputHiddenStates: hidden });
}

/** Logits of onnxruntime's dynamic int8 of the same weights. */
export async function runOnnxruntime({ files, pixels }: Pick<Subject, 'files' | 'pixels'>): Promise<Float32Array> {
  const ort = rivalPackage<OnnxRuntime>('onnxruntime-web');
  ort.env.wasm.numThreads = 1;
  const recording = await recordClassifier(files, { int8: true });
  const session = await ort.InferenceSession.create(new Uint8Array(Buffer.concat(onnxFile(recording))));
  const perImage = pixels.data.length / pixels.dims[0];
  const logits: number[] = [];
  for (let i = 0; i < pixels.dims[0]; i++) {
    const image = new ort.Tensor('float32', pixels.data.slice(i * perImage, (i + 1) * perImage), recording.input.dims);
    const outputs = await session.run({ [recording.input.name]: image });
    logits.push(...outputs[recording.output.name].data);
  }
  return Float32Array.from(logits);
}

function distance({ name, pixels, labels }: Subject, engine: string, exact: Float32Array, got: Float32Array): Accuracy {
  const images = pixels.dims[0];
  const width = exact.length / images;
  const rows = Array.from({ length: images }, (_, i) => [i * width, (i + 1) * width] as const);
  const right = rows.filter(([a, b], i) => argmax(got.subarray(a, b)) === labels?.[i]).length;
  const turns = rows.map(([a, b]) => cosine(exact.subarray(a, b), got.subarray(a, b)));
  return {
    model: name,
    engine,
    ...(labels && { accuracy: right / images }),
    cosine: turns.reduce((sum, turn) => sum + turn, 0) / images,
    largest: largestDifference(exact, got),
    rms: rmsDifference(exact, got),
  };
}

function hiddenDistance(exact: readonly Tensor[], got: readonly Tensor[]): Accuracy['hidden'] {
  const cosines = exact.map(({ data }, i) => cosine(data, got[i].data));
  const largest = Math.max(...exact.map(({ data }, i) => largestDifference(data, got[i].data)));
  return { cosine: Math.min(...cosines), largest, cosines };
}

const argmax = (row: Float32Array) => row.indexOf(row.reduce((a, b) => Math.max(a, b)));

async function heldoutDigits(): Promise<Subject> {
  const subject = await digits();
  return { ...subject, name: `digits, ${subject.labels.length} held-out scans` };
}

function base(name: string, files: ModelFiles): Subject {
  return { name, files, pixels: noise(BASE_IMAGES) };
}

/** Pictures [images, 3, 224, 224] of nothing. */
export function noise(images: number): Tensor {
  const random = new Random(11);
  const data = new Float32Array(images * 3 * 224 * 224).map(() => random.normal());
  return new Tensor('float32', data, [images, 3, 224, 224]);
}

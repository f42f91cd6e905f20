import { DTYPES, type Dtype } from '../src/dtype.ts';
import { Random } from '../src/model/beit/random.ts';
import { Tensor } from '../src/tensor.ts';
import type { ModelFiles } from '../src/weights/bytes/byteSource.ts';
import { cosine, largestDifference, rmsDifference } from './contest/statistics.ts';
import { hasRival, rivalPackage } from './contestants/rivalPackage.ts';
import type { OnnxRuntime } from './contestants/rivalTypes.ts';
import { baseModel } from './models/baseModel.ts';
import { digits } from './models/digits.ts';
import { CLASSES, FAMILY_MODELS, type FamilyModel } from './models/families.ts';
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
  /** Share of the images whose first class is that of f32; for classifiers. */
  readonly agreement?: number;
  /** Mean over images of the cosine of the logits. */
  readonly cosine: number;
  readonly largest: number;
  readonly rms: number;
  /** rms over that of the f32 logits themselves. */
  readonly relative?: number;
  /** Least cosine and largest difference of any hidden state; where they can be had. */
  readonly hidden?: { readonly cosine: number; readonly largest: number; readonly cosines: readonly number[] };
}

interface Subject {
  readonly name: string;
  readonly files: ModelFiles;
  readonly pixels: Tensor;
  readonly labels?: ArrayLike<number>;
  /** Default: BEiT's classifier. */
  readonly class?: FamilyModel['class'];
  /** Default: true. */
  readonly hasOnnx?: boolean;
}

interface Outputs {
  readonly logits: Float32Array;
  readonly hiddenStates?: readonly Tensor[];
}

const BASE_IMAGES = 2;
const FAMILY_IMAGES = 8;

/** Every dtype, and onnxruntime's dynamic int8 of the same weights, against our f32. */
export async function benchAccuracy(options: BenchOptions): Promise<Accuracy[]> {
  const all: [name: string, make: (name: string) => Promise<Subject>][] = [
    ['digits, held-out scans', heldoutDigits],
    ['BEiT-base, random', async (name) => base(name, baseModel())],
    ['BEiT-base, random, outliers', async (name) => base(name, await withOutliers(baseModel()))],
  ];
  for (const family of FAMILY_MODELS) all.push([`${family.name}, small, random`, (name) => smallModel(name, family)]);
  const subjects = all.filter(([name]) => options.only.test(name));
  const results: Accuracy[] = [];
  for (const [i, [name, make]] of subjects.entries()) {
    results.push(...(await compare(await make(name), options)));
    options.progress(name, i + 1, subjects.length);
  }
  return results;
}

async function compare(subject: Subject, options: BenchOptions): Promise<Accuracy[]> {
  const withHidden = subject.pixels.dims[0] === BASE_IMAGES;
  const exact = await run(subject, 'f32', withHidden);
  const results: Accuracy[] = [];
  for (const dtype of DTYPES) {
    const { logits, hiddenStates } = dtype === 'f32' ? exact : await run(subject, dtype, withHidden);
    const hidden = hiddenStates && hiddenDistance(exact.hiddenStates!, hiddenStates);
    results.push({ ...distance(subject, dtype, exact.logits, logits), hidden });
  }
  if (!hasRival('onnxruntime-web')) options.say('onnxruntime is not installed: its int8 is left out');
  else if (subject.hasOnnx !== false)
    results.push(distance(subject, 'onnxruntime int8', exact.logits, await runOnnxruntime(subject)));
  return results;
}

async function run(subject: Subject, dtype: Dtype, hidden: boolean): Promise<Outputs> {
  const { files, pixels } = subject;
  using model = await CLASSES[subject.class ?? 'BeitForImageClassification'].fromPretrained(files, {
    dtype,
    threads: 1,
  });
  const outputs = await model.forward({ pixelValues: pixels, outputHiddenStates: hidden });
  const logits = 'logits' in outputs ? outputs.logits.data : classTokens(outputs.lastHiddenState);
  return { logits, hiddenStates: outputs.hiddenStates };
}

/** The first token of every image. */
function classTokens({ data, dims: [images, tokens, dim] }: Tensor): Float32Array {
  const rows = Array.from({ length: images }, (_, i) => data.subarray(i * tokens * dim, (i * tokens + 1) * dim));
  return Float32Array.from(rows.flatMap((row) => Array.from(row)));
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

function distance(
  { name, pixels, labels, class: kind }: Subject,
  engine: string,
  exact: Float32Array,
  got: Float32Array,
): Accuracy {
  const images = pixels.dims[0];
  const width = exact.length / images;
  const rows = Array.from({ length: images }, (_, i) => [i * width, (i + 1) * width] as const);
  const right = rows.filter(([a, b], i) => argmax(got.subarray(a, b)) === labels?.[i]).length;
  const same = rows.filter(([a, b]) => argmax(got.subarray(a, b)) === argmax(exact.subarray(a, b))).length;
  const turns = rows.map(([a, b]) => cosine(exact.subarray(a, b), got.subarray(a, b)));
  return {
    model: name,
    engine,
    ...(labels && { accuracy: right / images }),
    ...(kind !== 'BeitModel' && { agreement: same / images }),
    cosine: turns.reduce((sum, turn) => sum + turn, 0) / images,
    largest: largestDifference(exact, got),
    rms: rmsDifference(exact, got),
    relative: rmsDifference(exact, got) / rmsDifference(exact, new Float32Array(exact.length)),
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

async function smallModel(name: string, { class: kind, hasOnnx, make }: FamilyModel): Promise<Subject> {
  return { name, class: kind, hasOnnx, files: await make(), pixels: noise(FAMILY_IMAGES) };
}

/** Pictures [images, 3, 224, 224] of nothing. */
export function noise(images: number): Tensor {
  const random = new Random(11);
  const data = new Float32Array(images * 3 * 224 * 224).map(() => random.normal());
  return new Tensor('float32', data, [images, 3, 224, 224]);
}

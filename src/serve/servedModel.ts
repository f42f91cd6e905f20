import { startModelWorker } from '#modelWorker';
import type { TargetSize } from '../image/process/targetSizes.ts';
import type { LoadOptions } from '../loading/loadModel.ts';
import { architectureKeyOf } from '../model/beit/architectures.ts';
import type { BeitConfig } from '../model/beit/config/config.ts';
import { labelsByLogit } from '../model/beit/config/labels.ts';
import type { InputShape } from '../model/beit/state.ts';
import { scoresOf } from '../pipelines/imageClassification.ts';
import { pooledRows, unitRows } from '../pipelines/imageFeatureExtraction.ts';
import { preprocess } from '../pipelines/picture.ts';
import { type Pipelines, pipeline } from '../pipelines/pipeline.ts';
import type { Tensor } from '../tensor.ts';
import type { ModelFiles } from '../weights/bytes/byteSource.ts';
import { HttpError } from './httpError.ts';
import type { NamedTensor, TensorSpec } from './namedTensor.ts';
import type { ComputeTimes } from './statistics.ts';

/** Tasks that a server answers. */
export type ServeTask = 'image-classification' | 'image-feature-extraction' | 'image-segmentation';

/** Encoded pictures, or pixels as the model takes them [B, channels, height, width]. */
export type ServedInput = { readonly pictures: readonly Uint8Array[] } | { readonly pixelValues: Tensor };

/** What a request gives, and what its parts took. */
export interface Inferred {
  readonly outputs: readonly NamedTensor[];
  readonly times: ComputeTimes;
}

/** A loaded model with the names that protocols see. */
export interface ServedModel {
  readonly task: ServeTask;
  readonly config: BeitConfig;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  /** Label of every class; null for a model without classes. */
  readonly labels: readonly string[] | null;
  /** Bytes that the model takes now. */
  readonly memory: number;
  /** The shape of the pass that an input gives. */
  shapeOf(input: ServedInput): InputShape;
  /** @throws `InvalidImage` and its kin, `InvalidArgument`, `Aborted`, `WorkerFailed` */
  infer(input: ServedInput, signal: AbortSignal): Promise<Inferred>;
  dispose(): void;
}

/** The task of the class that a checkpoint was saved as. */
export function taskOf(config: BeitConfig): ServeTask {
  const { name } = architectureKeyOf(config);
  if (name.includes('ForImageClassification')) return 'image-classification';
  return name === 'BeitForSemanticSegmentation' ? 'image-segmentation' : 'image-feature-extraction';
}

/** Loads a model for `task`, in a worker where the runtime has one. Pictures of more than `maxPixels` are rejected. */
export async function loadServedModel(
  files: ModelFiles,
  task: ServeTask,
  given: LoadOptions,
  maxPixels: number | undefined,
): Promise<ServedModel> {
  const options = { ...(given.workers === undefined && { worker: startModelWorker !== null }), ...given }; // a pass must not block the event loop
  if (task === 'image-classification') return served(await pipeline(task, files, options), classifier, maxPixels);
  if (task === 'image-segmentation') return served(await pipeline(task, files, options), segmenter, maxPixels);
  return served(await pipeline(task, files, options), extractor, maxPixels);
}

type Pipe = Pipelines[ServeTask];

/** What is special of a task. */
interface Head<P extends Pipe> {
  readonly task: ServeTask;
  outputs(config: BeitConfig): TensorSpec[];
  /** `computed` is called between the pass and what is made of it. */
  run(pipe: P, pixels: Pixels, computed: () => void): Promise<readonly NamedTensor[]>;
}

interface Pixels {
  readonly pixelValues: Tensor;
  readonly sizes: readonly TargetSize[];
  readonly signal: AbortSignal;
}

/** What the three kinds share: inputs, pixels made of pictures, times. */
function served<P extends Pipe>(pipe: P, head: Head<P>, maxPixels: number | undefined): ServedModel {
  const { config } = pipe.model;
  const { task } = head;
  return {
    task,
    config,
    inputs: inputsOf(config),
    outputs: head.outputs(config),
    labels: task === 'image-feature-extraction' ? null : labelsByLogit(config.id2label).map(({ label }) => label),
    get memory() {
      return pipe.model.memory;
    },
    shapeOf: (input) => shapeOf(input, pipe),
    async infer(input, signal) {
      const marks = [performance.now()];
      const { pixelValues, sizes } = await pixelsOf(input, pipe, { signal, maxPixels });
      marks.push(performance.now());
      const outputs = await head.run(pipe, { pixelValues, sizes, signal }, () => marks.push(performance.now()));
      const [begin, ready, computed] = marks;
      const times = { input: ready - begin, infer: computed - ready, output: performance.now() - computed };
      return { outputs, times };
    },
    dispose: () => pipe.dispose(),
  };
}

async function pixelsOf(input: ServedInput, pipe: Pipe, options: Parameters<typeof preprocess>[2]) {
  if ('pixelValues' in input) return { pixelValues: input.pixelValues, sizes: nativeSizes(input.pixelValues) };
  const { pixelValues, originalSizes } = await preprocess(pipe, input.pictures, options);
  return { pixelValues, sizes: originalSizes };
}

function shapeOf(input: ServedInput, { model, processor }: Pipe): InputShape {
  if ('pixelValues' in input) {
    const [images, , height, width] = input.pixelValues.dims;
    return { images, height, width };
  }
  const { do_center_crop: crops, crop_size, size } = processor.toJSON() as ProcessorSizes;
  const { height, width } = { ...model.config.nativeSize, ...(crops ? crop_size : size) };
  return { images: input.pictures.length, height, width };
}

interface ProcessorSizes {
  readonly do_center_crop?: boolean;
  readonly crop_size?: { readonly height: number; readonly width: number };
  readonly size?: { readonly height: number; readonly width: number };
}

function inputsOf({ numChannels }: BeitConfig): TensorSpec[] {
  return [
    { name: 'pixel_values', datatype: 'FP32', shape: [-1, numChannels, -1, -1] },
    { name: 'image', datatype: 'BYTES', shape: [-1] },
  ];
}

function nativeSizes({ dims: [images, , height, width] }: Tensor): TargetSize[] {
  return Array.from({ length: images }, () => [height, width] as const);
}

const fp32 = (name: string, { dims, data }: Tensor): NamedTensor => ({
  name,
  datatype: 'FP32',
  shape: dims,
  data: data as Float32Array,
});

const classifier: Head<Pipelines['image-classification']> = {
  task: 'image-classification',
  outputs({ numLabels }) {
    return ['logits', 'scores'].map((name) => ({ name, datatype: 'FP32', shape: [-1, numLabels] }));
  },
  async run({ model }, { pixelValues, signal }, computed) {
    const { logits } = await model.forward({ pixelValues, signal });
    computed();
    return [fp32('logits', logits), { ...fp32('scores', logits), data: scoresOfRows(logits, model.config) }];
  },
};

function scoresOfRows({ dims: [rows, cols], data }: Tensor, config: BeitConfig): Float32Array {
  const out = new Float32Array(rows * cols);
  for (let i = 0; i < rows; i++) {
    const row = (data as Float32Array).subarray(i * cols, (i + 1) * cols);
    out.set(scoresOf(row, config), i * cols);
  }
  return out;
}

const extractor: Head<Pipelines['image-feature-extraction']> = {
  task: 'image-feature-extraction',
  outputs: ({ hiddenSize }) => [
    { name: 'embeddings', datatype: 'FP32', shape: [-1, hiddenSize] },
    { name: 'last_hidden_state', datatype: 'FP32', shape: [-1, -1, hiddenSize] },
  ],
  async run({ model }, { pixelValues, signal }, computed) {
    const output = await model.forward({ pixelValues, signal });
    computed();
    return [fp32('embeddings', unitRows(pooledRows(output))), fp32('last_hidden_state', output.lastHiddenState)];
  },
};

const segmenter: Head<Pipelines['image-segmentation']> = {
  task: 'image-segmentation',
  outputs: ({ numLabels }) => [
    { name: 'segmentation', datatype: 'INT32', shape: [-1, -1, -1] },
    { name: 'logits', datatype: 'FP32', shape: [-1, numLabels, -1, -1] },
  ],
  async run({ model }, { pixelValues, sizes, signal }, computed) {
    const { logits } = await model.forward({ pixelValues, signal });
    computed();
    const maps = await model.loaded.runImageTask('segment', { logits, sizes: [...sizes] }, signal);
    return [segmentation(maps), fp32('logits', logits)];
  },
};

/** One tensor of all maps. @throws {@link HttpError} 400 when pictures of one request have different sizes */
function segmentation(maps: readonly Tensor<'int32'>[]): NamedTensor {
  const [height, width] = maps[0].dims;
  const same = maps.every(({ dims }) => dims[0] === height && dims[1] === width);
  if (!same) {
    throw new HttpError(400, 'InvalidArgument', 'Cannot stack segmentations: send pictures of one size per request');
  }
  const data = new Int32Array(maps.length * height * width);
  for (const [i, map] of maps.entries()) data.set(map.data, i * height * width);
  return { name: 'segmentation', datatype: 'INT32', shape: [maps.length, height, width], data };
}

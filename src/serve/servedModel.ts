import { startModelWorker } from '#modelWorker';
import type { TargetSize } from '../image/process/postProcessSemanticSegmentation.ts';
import type { LoadOptions } from '../loading/loadModel.ts';
import { architectureKeyOf } from '../model/beit/architectures.ts';
import type { BeitConfig } from '../model/beit/config/config.ts';
import { labelsByLogit } from '../model/beit/config/labels.ts';
import { scoresOf } from '../pipelines/imageClassification.ts';
import { unitRows } from '../pipelines/imageFeatureExtraction.ts';
import { preprocess } from '../pipelines/picture.ts';
import { type Pipelines, pipeline } from '../pipelines/pipeline.ts';
import type { Tensor } from '../tensor.ts';
import type { ModelFiles } from '../weights/bytes/byteSource.ts';
import { HttpError } from './httpError.ts';
import type { NamedTensor, TensorSpec } from './namedTensor.ts';

/** Tasks that a server answers. */
export type ServeTask = 'image-classification' | 'image-feature-extraction' | 'image-segmentation';

/** Encoded pictures, or pixels as the model takes them [B, channels, height, width]. */
export type ServedInput = { readonly pictures: readonly Uint8Array[] } | { readonly pixelValues: Tensor };

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
  /** @throws `InvalidImage` and its kin, `InvalidArgument`, `Aborted`, `WorkerFailed` */
  infer(input: ServedInput, signal: AbortSignal): Promise<readonly NamedTensor[]>;
  dispose(): void;
}

/** The task of the class that a checkpoint was saved as. */
export function taskOf(config: BeitConfig): ServeTask {
  const { name } = architectureKeyOf(config);
  if (name.includes('ForImageClassification')) return 'image-classification';
  return name === 'BeitForSemanticSegmentation' ? 'image-segmentation' : 'image-feature-extraction';
}

/** Loads a model for `task`, in a worker where the runtime has one. */
export async function loadServedModel(files: ModelFiles, task: ServeTask, given: LoadOptions): Promise<ServedModel> {
  const options = { ...(given.workers === undefined && { worker: startModelWorker !== null }), ...given }; // a pass must not block the event loop
  if (task === 'image-classification') return classifier(await pipeline(task, files, options));
  if (task === 'image-segmentation') return segmenter(await pipeline(task, files, options));
  return extractor(await pipeline(task, files, options));
}

type Pipe = Pipelines[ServeTask];

/** What the three kinds share: inputs, and pixels made of pictures. */
function served(
  pipe: Pipe,
  task: ServeTask,
  outputs: readonly TensorSpec[],
  run: (pixelValues: Tensor, sizes: readonly TargetSize[], signal: AbortSignal) => Promise<readonly NamedTensor[]>,
): ServedModel {
  const { config } = pipe.model;
  return {
    task,
    config,
    inputs: inputsOf(config),
    outputs,
    labels: task === 'image-feature-extraction' ? null : labelsByLogit(config.id2label).map(({ label }) => label),
    get memory() {
      return pipe.model.memory;
    },
    async infer(input, signal) {
      if ('pixelValues' in input) return run(input.pixelValues, nativeSizes(input.pixelValues), signal);
      const { pixelValues, originalSizes } = await preprocess(pipe, input.pictures, { signal });
      return run(pixelValues, originalSizes, signal);
    },
    dispose: () => pipe.dispose(),
  };
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

function classifier(pipe: Pipelines['image-classification']): ServedModel {
  const { model } = pipe;
  const shape = [-1, model.config.numLabels];
  const outputs: TensorSpec[] = ['logits', 'scores'].map((name) => ({ name, datatype: 'FP32', shape }));
  return served(pipe, 'image-classification', outputs, async (pixelValues, _, signal) => {
    const { logits } = await model.forward({ pixelValues, signal });
    return [fp32('logits', logits), { ...fp32('scores', logits), data: scoresOfRows(logits, model.config) }];
  });
}

function scoresOfRows({ dims: [rows, cols], data }: Tensor, config: BeitConfig): Float32Array {
  const out = new Float32Array(rows * cols);
  for (let i = 0; i < rows; i++) {
    const row = (data as Float32Array).subarray(i * cols, (i + 1) * cols);
    out.set(scoresOf(row, config), i * cols);
  }
  return out;
}

function extractor(pipe: Pipelines['image-feature-extraction']): ServedModel {
  const { model } = pipe;
  const { hiddenSize } = model.config;
  const outputs: TensorSpec[] = [
    { name: 'embeddings', datatype: 'FP32', shape: [-1, hiddenSize] },
    { name: 'last_hidden_state', datatype: 'FP32', shape: [-1, -1, hiddenSize] },
  ];
  return served(pipe, 'image-feature-extraction', outputs, async (pixelValues, _, signal) => {
    const { lastHiddenState, poolerOutput } = await model.forward({ pixelValues, signal });
    return [fp32('embeddings', unitRows(poolerOutput!)), fp32('last_hidden_state', lastHiddenState)];
  });
}

function segmenter(pipe: Pipelines['image-segmentation']): ServedModel {
  const { model } = pipe;
  const outputs: TensorSpec[] = [
    { name: 'segmentation', datatype: 'INT32', shape: [-1, -1, -1] },
    { name: 'logits', datatype: 'FP32', shape: [-1, model.config.numLabels, -1, -1] },
  ];
  return served(pipe, 'image-segmentation', outputs, async (pixelValues, sizes, signal) => {
    const { logits } = await model.forward({ pixelValues, signal });
    const maps = await model.loaded.runImageTask('segment', { logits, sizes: [...sizes] }, signal);
    return [segmentation(maps), fp32('logits', logits)];
  });
}

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

import * as library from '../index.ts';
import { loadFrom, type PretrainedOptions } from './loading.ts';
import { camelKeys, type SnakeCased, snakeKeys } from './names.ts';

/** What a model takes: what a processor gave, and what is to be given besides. */
export interface ModelInputs {
  /** [B, channels, height, width] */
  readonly pixel_values: library.Tensor;
  /** [B, N], not 0 where a patch is hidden. Default: none is. */
  readonly bool_masked_pos?: library.Tensor<'bool'>;
  /** Default false. */
  readonly output_hidden_states?: boolean;
  /** Default false. */
  readonly output_attentions?: boolean;
  /** For a loss. Default: none. */
  readonly labels?: library.Labels;
  /** Of a processor; a model does not need them. */
  readonly original_sizes?: readonly (readonly [height: number, width: number])[];
  readonly reshaped_input_sizes?: readonly (readonly [height: number, width: number])[];
  readonly signal?: AbortSignal;
}

interface LibraryModel {
  readonly config: library.BeitConfig;
  forward(input: never): Promise<object>;
  dispose(): void;
}

/** A model that is called with the output of a processor. */
export interface Model<O extends object = object> {
  /** @throws `InvalidArgument`, `Disposed`, `Aborted`, `OutOfMemory` */
  (inputs: ModelInputs): Promise<SnakeCased<O>>;
  /** The same. */
  forward(inputs: ModelInputs): Promise<SnakeCased<O>>;
  /** As `config.json` has it. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Gives the memory of the model back. */
  dispose(): Promise<void>;
  [Symbol.dispose](): void;
}

/** What loads models of one class. */
export interface PretrainedClass<L> {
  /**
   * @param source a folder, a repository of the hub, a URL, or files by name
   * @param options how it is found, loaded and run; each has a default
   * @returns what is loaded, to be called
   * @throws `InvalidArgument` for options that do not exist; what `fromPretrained` of the library throws
   */
  from_pretrained(source: library.ModelSource, options?: PretrainedOptions): Promise<L>;
}

type OutputOf<M extends LibraryModel> = Awaited<ReturnType<M['forward']>>;

/** A model of the library under the names of transformers.js. */
export function modelOf<M extends LibraryModel>(model: M): Model<OutputOf<M>> {
  const forward = async ({ reshaped_input_sizes: _, ...inputs }: ModelInputs) =>
    snakeKeys((await model.forward(camelKeys(inputs) as never)) as OutputOf<M>);
  return Object.assign((inputs: ModelInputs) => forward(inputs), {
    forward,
    config: model.config.toJSON(),
    dispose: async () => model.dispose(),
    [Symbol.dispose]: () => model.dispose(),
  });
}

function modelClass<M extends LibraryModel>(
  load: (source: library.ModelSource, options: library.LoadOptions) => Promise<M>,
): PretrainedClass<Model<OutputOf<M>>> {
  return { from_pretrained: async (source, options = {}) => modelOf(await loadFrom(source, options, load)) };
}

/** The bare encoder of any family. */
export const AutoModel = modelClass((...from) => library.AutoModel.fromPretrained(...from));
/** A classifier of any family. */
export const AutoModelForImageClassification = modelClass((...from) =>
  library.AutoModelForImageClassification.fromPretrained(...from),
);
/** A model that gives a class to every pixel. */
export const AutoModelForSemanticSegmentation = modelClass((...from) =>
  library.AutoModelForSemanticSegmentation.fromPretrained(...from),
);
/** A depth estimator. */
export const AutoModelForDepthEstimation = modelClass((...from) =>
  library.AutoModelForDepthEstimation.fromPretrained(...from),
);
/** A model for masked image modeling. */
export const AutoModelForMaskedImageModeling = modelClass((...from) =>
  library.AutoModelForMaskedImageModeling.fromPretrained(...from),
);
/** BEiT without a head. */
export const BeitModel = modelClass((...from) => library.BeitModel.fromPretrained(...from));
/** BEiT with a classifier. */
export const BeitForImageClassification = modelClass((...from) =>
  library.BeitForImageClassification.fromPretrained(...from),
);
/** BEiT for segmentation. */
export const BeitForSemanticSegmentation = modelClass((...from) =>
  library.BeitForSemanticSegmentation.fromPretrained(...from),
);
/** BEiT that predicts visual tokens. */
export const BeitForMaskedImageModeling = modelClass((...from) =>
  library.BeitForMaskedImageModeling.fromPretrained(...from),
);
/** ViT without a head. */
export const ViTModel = modelClass((...from) => library.ViTModel.fromPretrained(...from));
/** ViT with a classifier. */
export const ViTForImageClassification = modelClass((...from) =>
  library.ViTForImageClassification.fromPretrained(...from),
);
/** DeiT without a head. */
export const DeiTModel = modelClass((...from) => library.DeiTModel.fromPretrained(...from));
/** DeiT with a classifier. */
export const DeiTForImageClassification = modelClass((...from) =>
  library.DeiTForImageClassification.fromPretrained(...from),
);
/** DINOv2 without a head. */
export const Dinov2Model = modelClass((...from) => library.Dinov2Model.fromPretrained(...from));
/** DINOv2 with a classifier. */
export const Dinov2ForImageClassification = modelClass((...from) =>
  library.Dinov2ForImageClassification.fromPretrained(...from),
);
/** DPT over BEiT, DINOv2 or its own encoder. */
export const DPTForDepthEstimation = modelClass((...from) => library.DPTForDepthEstimation.fromPretrained(...from));
/** Depth Anything. */
export const DepthAnythingForDepthEstimation = modelClass((...from) =>
  library.DepthAnythingForDepthEstimation.fromPretrained(...from),
);
/** ZoeDepth. */
export const ZoeDepthForDepthEstimation = modelClass((...from) =>
  library.ZoeDepthForDepthEstimation.fromPretrained(...from),
);

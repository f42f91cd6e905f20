/**
 * The names and the forms of transformers.js over this library: an entry of its own (`beit-wasm/transformers`) that imports
 * the main one, so that it adds little, and that errors are those of the main entry.
 */
export { BeitConfig, BeitError, type ErrorCode } from '../index.ts';
export { type Environment, env } from './env.ts';
export type { PretrainedOptions } from './loading.ts';
export {
  AutoModel,
  AutoModelForDepthEstimation,
  AutoModelForImageClassification,
  AutoModelForMaskedImageModeling,
  AutoModelForSemanticSegmentation,
  BeitForImageClassification,
  BeitForMaskedImageModeling,
  BeitForSemanticSegmentation,
  BeitModel,
  DeiTForImageClassification,
  DeiTModel,
  DepthAnythingForDepthEstimation,
  Dinov2ForImageClassification,
  Dinov2Model,
  DPTForDepthEstimation,
  type Model,
  type ModelInputs,
  type PretrainedClass,
  ViTForImageClassification,
  ViTModel,
  ZoeDepthForDepthEstimation,
} from './models.ts';
export {
  type CallOptions,
  type DepthEstimationOutput,
  type ImageClassificationOutput,
  type ImageSegmentationOutput,
  type PipelineParts,
  type PipelineTask,
  pipeline,
  type TransformersPipelines,
} from './pipeline.ts';
export {
  AutoImageProcessor,
  AutoProcessor,
  BeitFeatureExtractor,
  BeitImageProcessor,
  type ProcessedImages,
  type Processor,
} from './processors.ts';
export { RawImage } from './rawImage.ts';
export { softmax } from './softmax.ts';
export { type NestedList, Tensor } from './tensor.ts';

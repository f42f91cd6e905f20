/**
 * beit-wasm: the BEiT vision transformer for every JavaScript runtime.
 *
 * @module
 */
export type { Activation } from './activations.ts';
export type { Arithmetic, Device } from './device.ts';
export type { Dtype } from './dtype.ts';
export { init } from './engine/coreSource.ts';
export type { CoreSource } from './engine/givenCore.ts';
export { BeitError, type ErrorCode } from './errors.ts';
export { ADE20K_PALETTE } from './explain/ade20kPalette.ts';
export { attentionMaps, attentionRollout } from './explain/attentionRollout.ts';
export { heatOverlay, segmentOverlay } from './explain/overlay.ts';
export { urlFiles } from './hub/urlFiles.ts';
export { decode } from './image/decode.ts';
export type { Picture, RawPicture } from './image/picture.ts';
export { encodePng } from './image/png/encodePng.ts';
export { postProcessDepthEstimation } from './image/process/postProcessDepthEstimation.ts';
export { postProcessSemanticSegmentation } from './image/process/postProcessSemanticSegmentation.ts';
export { postProcessZoeDepthEstimation } from './image/process/postProcessZoeDepthEstimation.ts';
export type { Segment } from './image/process/segments.ts';
export type { ZoeDepthOptions } from './image/process/zoeDepthMaps.ts';
export type {
  Bitmap,
  Drawable,
  PictureBody,
  PictureHandle,
  PictureInput,
  PictureOptions,
  PictureStream,
  SharpOutput,
} from './input/pictureInput.ts';
export { AutoImageProcessor, BeitFeatureExtractor, BeitImageProcessor } from './loading/imageProcessors.ts';
export type { LoadOptions } from './loading/loadModel.ts';
export type { TableRule } from './loading/resizedTables.ts';
export type { SavePretrainedOptions } from './loading/savePretrained.ts';
export type { ModelSource, ProgressEvent } from './loading/source.ts';
export { BeitConfig, type BeitConfigInit, type ProblemType } from './model/beit/config/config.ts';
export type { BeitConfigFields } from './model/beit/config/configFields.ts';
export type { FeatureConvention } from './model/beit/heads/segmentation/featureConvention.ts';
export type { Labels } from './model/beit/losses/lossLabels.ts';
export { BlockMasking, type BlockMaskingOptions } from './model/beit/masking/blockMasking.ts';
export type { DepthEstimation, DepthEstimationPipeline, GrayPicture } from './pipelines/depthEstimation.ts';
export type { FilledMask, FillMaskImagePipeline } from './pipelines/fillMaskImage.ts';
export type { Classification, ImageClassificationPipeline } from './pipelines/imageClassification.ts';
export type { ImageFeatureExtractionPipeline } from './pipelines/imageFeatureExtraction.ts';
export type { ImageSegmentationPipeline } from './pipelines/imageSegmentation.ts';
export { type Pipelines, pipeline, type Task } from './pipelines/pipeline.ts';
export {
  AutoBackbone,
  AutoModel,
  AutoModelForDepthEstimation,
  AutoModelForImageClassification,
  AutoModelForMaskedImageModeling,
  AutoModelForSemanticSegmentation,
  type ImageClassifier,
} from './pretrained/auto.ts';
export { type BackboneOutput, BeitBackbone } from './pretrained/beitBackbone.ts';
export {
  BeitForImageClassification,
  type ImageClassificationInput,
  type ImageClassifierOutput,
} from './pretrained/beitForImageClassification.ts';
export {
  BeitForMaskedImageModeling,
  type MaskedImageModelingInput,
  type MaskedImageModelingOutput,
} from './pretrained/beitForMaskedImageModeling.ts';
export {
  BeitForSemanticSegmentation,
  type SemanticSegmentationInput,
  type SemanticSegmenterOutput,
} from './pretrained/beitForSemanticSegmentation.ts';
export { BeitModel, type BeitModelOutput } from './pretrained/beitModel.ts';
export {
  DeiTForImageClassificationWithTeacher,
  type TeacherClassifierOutput,
} from './pretrained/deitForImageClassificationWithTeacher.ts';
export {
  DepthAnythingForDepthEstimation,
  type DepthEstimatorOutput,
  DPTForDepthEstimation,
  ZoeDepthForDepthEstimation,
} from './pretrained/dptForDepthEstimation.ts';
export { type MemoryPlan, memoryPlan } from './pretrained/memoryPlan.ts';
export {
  Data2VecVisionForImageClassification,
  Data2VecVisionForSemanticSegmentation,
  Data2VecVisionModel,
  DeiTForImageClassification,
  DeiTModel,
  Dinov2Backbone,
  Dinov2ForImageClassification,
  Dinov2Model,
  Dinov2WithRegistersBackbone,
  Dinov2WithRegistersForImageClassification,
  Dinov2WithRegistersModel,
  ViTForImageClassification,
  ViTMAEModel,
  ViTModel,
  ViTMSNForImageClassification,
  ViTMSNModel,
} from './pretrained/relatives.ts';
export { type RuntimeInfo, runtimeInfo } from './runtimeInfo.ts';
export { Tensor, type TensorType } from './tensor.ts';
export type { DecodedPicture } from './tokenizer/tokenCodec.ts';
export { VisualTokenizer, type VisualTokenizerOptions } from './tokenizer/visualTokenizer.ts';

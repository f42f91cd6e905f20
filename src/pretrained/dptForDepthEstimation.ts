import type { ArchitectureKey } from '../model/beit/architecture.ts';
import { DEPTH } from '../model/beit/heads/depthKey.ts';
import type { Tensor } from '../tensor.ts';
import { type CommonOutput, commonOutput, PretrainedModel } from './pretrainedModel.ts';
import { checkedRequest, type ForwardInput } from './request.ts';

/** What a {@link DPTForDepthEstimation} gives. */
export interface DepthEstimatorOutput extends CommonOutput {
  /**
   * [B, height, width], of about the size of the pixels: relative inverse depth, larger is nearer, or meters in metric models;
   * `postProcessDepthEstimation` brings it to picture size.
   */
  readonly predictedDepth: Tensor;
  /** [B, 2] of a ZoeDepth with two ranges of depths: how likely each is. Their sums over the batch decide for all images. */
  readonly domainLogits?: Tensor;
}

/**
 * DPT: depth from the hidden states of a BEiT, of a DINOv2 or of DPT's own ViT. The code of its head is fetched when the first
 * one is loaded.
 *
 * @example
 * const model = await DPTForDepthEstimation.fromPretrained('fixtures/models/dpt_beit');
 * const { predictedDepth } = await model.forward({ pixelValues });
 */
export class DPTForDepthEstimation extends PretrainedModel {
  /** @internal */
  static architecture(): ArchitectureKey {
    return DEPTH;
  }

  /**
   * Depth of every pixel.
   *
   * @param input pixels, and which hidden states or attentions are wanted too
   * @returns the depth of each image
   * @throws `InvalidArgument`, `Disposed`, `Aborted`, `OutOfMemory`
   */
  async forward(input: ForwardInput): Promise<DepthEstimatorOutput> {
    const outputs = await this.loaded.run(checkedRequest(this.config, input), input.signal);
    const { predictedDepth, domainLogits } = outputs;
    return { predictedDepth: predictedDepth!, ...(domainLogits && { domainLogits }), ...commonOutput(outputs) };
  }
}

/**
 * Depth Anything: DINOv2 with a smaller neck of DPT.
 *
 * @example
 * const model = await DepthAnythingForDepthEstimation.fromPretrained('fixtures/models/depth_anything');
 * const { predictedDepth } = await model.forward({ pixelValues });
 */
export class DepthAnythingForDepthEstimation extends DPTForDepthEstimation {}

/**
 * ZoeDepth: DPT with a metric head, or one of several, behind the relative one; depth in meters.
 *
 * @example
 * const model = await ZoeDepthForDepthEstimation.fromPretrained('fixtures/models/zoedepth');
 * const { predictedDepth } = await model.forward({ pixelValues });
 */
export class ZoeDepthForDepthEstimation extends DPTForDepthEstimation {}

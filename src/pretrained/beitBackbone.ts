import type { ArchitectureKey } from '../model/beit/architecture.ts';
import { alignStages } from '../model/beit/config/stages.ts';
import type { Tensor } from '../tensor.ts';
import { type CommonOutput, commonOutput, PretrainedModel } from './pretrainedModel.ts';
import { checkedRequest, type ForwardInput } from './request.ts';

/** What a {@link BeitBackbone} gives. */
export interface BackboneOutput extends CommonOutput {
  /**
   * One a stage, in order: [B, dim, h, w] on the patch grid, or on 4, 2, 1 and ½ times the grid with `addFpn`; [B, T, dim]
   * with `reshapeHiddenStates: false`.
   */
  readonly featureMaps: readonly Tensor[];
}

/**
 * BEiT as a source of feature maps for detectors and segmenters.
 *
 * @example
 * const model = await BeitBackbone.fromPretrained('fixtures/models/backbone');
 * const { featureMaps } = await model.forward({ pixelValues }); // [1, 3, 16, 16] → three maps of dims [1, 18, 4, 4]
 */
export class BeitBackbone extends PretrainedModel {
  /** @internal */
  static architecture(): ArchitectureKey {
    return { name: 'BeitBackbone' };
  }

  /** Names of the stages whose maps come out: "stem" are the embeddings, "stage3" is the output of block 3. */
  get outFeatures(): readonly string[] {
    return alignStages(this.config).outFeatures;
  }

  /** Channels of every map. */
  get channels(): readonly number[] {
    return this.outFeatures.map(() => this.config.hiddenSize);
  }

  /**
   * @param input pixels [B, channels, height, width] of any size of at least one patch, and what is to be given besides
   * @returns `featureMaps`, one a stage; hidden states and attentions where they were asked for
   * @throws `InvalidArgument`, `Disposed`, `Aborted`, `OutOfMemory`
   */
  async forward(input: ForwardInput): Promise<BackboneOutput> {
    const outputs = await this.loaded.run(checkedRequest(this.config, input), input.signal);
    return { featureMaps: outputs.featureMaps!, ...commonOutput(outputs) };
  }
}

import type { RunOptions } from '../engine/createModel.ts';
import { createModelFrom, openModel } from '../hosting/openModel.ts';
import type { LoadOptions } from '../loading/loadModel.ts';
import type { ModelSource } from '../loading/source.ts';
import type { BeitConfig } from '../model/beit/config/config.ts';
import { alignStages } from '../model/beit/config/stages.ts';
import { backboneArchitecture } from '../model/beit/heads/backbone.ts';
import type { Tensor } from '../tensor.ts';
import { type CommonOutput, PretrainedModel } from './pretrainedModel.ts';
import type { ForwardInput } from './request.ts';

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
  /** @throws `FileNotFound`, `InvalidConfig`, `InvalidCheckpoint`, `CheckpointMismatch`, `OutOfMemory`, `Aborted` */
  static async fromPretrained(source: ModelSource, options: LoadOptions = {}): Promise<BeitBackbone> {
    return new BeitBackbone(await openModel(source, backboneArchitecture, options));
  }

  /** Random weights, as transformers initialises them; the same seed gives the same bits everywhere. */
  static async fromConfig(
    config: BeitConfig,
    options: RunOptions & { seed?: number | undefined } = {},
  ): Promise<BeitBackbone> {
    return new BeitBackbone(await createModelFrom(config, backboneArchitecture, options));
  }

  /** Names of the stages whose maps come out: "stem" are the embeddings, "stage3" is the output of block 3. */
  get outFeatures(): readonly string[] {
    return alignStages(this.config).outFeatures;
  }

  /** Channels of every map. */
  get channels(): readonly number[] {
    return this.outFeatures.map(() => this.config.hiddenSize);
  }

  /** @throws `InvalidArgument`, `Disposed`, `Aborted`, `OutOfMemory` */
  async forward(input: ForwardInput): Promise<BackboneOutput> {
    const { named, common } = await this.run(input);
    return { featureMaps: this.outFeatures.map((_, i) => named[`featureMaps.${i}`]), ...common };
  }
}

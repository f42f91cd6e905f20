import type { RunOptions } from '../engine/createModel.ts';
import { createModelFrom, openModel } from '../hosting/openModel.ts';
import type { LoadOptions } from '../loading/loadModel.ts';
import type { ModelSource } from '../loading/source.ts';
import type { BeitConfig } from '../model/beit/config/config.ts';
import { bodyArchitecture } from '../model/beit/heads/body.ts';
import type { Tensor } from '../tensor.ts';
import { type CommonOutput, PretrainedModel } from './pretrainedModel.ts';
import type { MaskedInput } from './request.ts';

/** What a {@link BeitModel} gives. */
export interface BeitModelOutput extends CommonOutput {
  /** [B, T, dim] */
  readonly lastHiddenState: Tensor;
  /** [B, dim]; absent with `addPoolingLayer: false`. */
  readonly poolerOutput?: Tensor;
}

interface PoolingOption {
  /** Without it there is no `poolerOutput`. Default true. */
  readonly addPoolingLayer?: boolean | undefined;
}

/**
 * The bare BEiT: hidden states and a pooled feature vector, no head.
 *
 * @example
 * const model = await BeitModel.fromPretrained('fixtures/beit-digits');
 * const { poolerOutput } = await model.forward({ pixelValues }); // dims [1, 64]
 */
export class BeitModel extends PretrainedModel {
  /** @throws `FileNotFound`, `InvalidConfig`, `InvalidCheckpoint`, `CheckpointMismatch`, `OutOfMemory`, `Aborted` */
  static async fromPretrained(source: ModelSource, options: LoadOptions & PoolingOption = {}): Promise<BeitModel> {
    const architecture = bodyArchitecture(options?.addPoolingLayer ?? true);
    return new BeitModel(await openModel(source, architecture, options));
  }

  /** Random weights, as transformers initialises them; the same seed gives the same bits everywhere. */
  static async fromConfig(
    config: BeitConfig,
    options: RunOptions & PoolingOption & { seed?: number | undefined } = {},
  ): Promise<BeitModel> {
    const architecture = bodyArchitecture(options?.addPoolingLayer ?? true);
    return new BeitModel(await createModelFrom(config, architecture, options));
  }

  /** @throws `InvalidArgument`, `Disposed`, `Aborted`, `OutOfMemory` */
  async forward(input: MaskedInput): Promise<BeitModelOutput> {
    const { named, common } = await this.run(input);
    return { lastHiddenState: named.lastHiddenState, poolerOutput: named.poolerOutput, ...common };
  }
}

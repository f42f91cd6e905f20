import type { ArchitectureKey } from '../model/beit/architecture.ts';
import type { Tensor } from '../tensor.ts';
import { type CommonOutput, commonOutput, PretrainedModel } from './pretrainedModel.ts';
import { checkedRequest, type MaskedInput } from './request.ts';

/** What a {@link BeitModel} gives. */
export interface BeitModelOutput extends CommonOutput {
  /** [B, T, dim] */
  readonly lastHiddenState: Tensor;
  /** [B, dim]; absent with `addPoolingLayer: false`, and where the weights have no pooler. */
  readonly poolerOutput?: Tensor;
}

interface PoolingOption {
  /** Without it there is no `poolerOutput`. Default: with it where the weights have one; with true, an absent one is an error. */
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
  /** @internal */
  static override readonly ownOptions: string = 'addPoolingLayer';

  /** @internal */
  static architecture(options?: PoolingOption): ArchitectureKey {
    return { name: 'BeitModel', variant: options?.addPoolingLayer ?? 'auto' };
  }

  /**
   * @param input pixels [B, channels, height, width] of any size of at least one patch, a mask, and what is to be given
   * besides
   * @returns `lastHiddenState` and `poolerOutput`; hidden states and attentions where they were asked for
   * @throws `InvalidArgument`, `Disposed`, `Aborted`, `OutOfMemory`
   */
  async forward(input: MaskedInput): Promise<BeitModelOutput> {
    const outputs = await this.loaded.run(checkedRequest(this.config, input, 'boolMaskedPos'), input.signal);
    const { lastHiddenState, poolerOutput } = outputs;
    return { lastHiddenState: lastHiddenState!, poolerOutput, ...commonOutput(outputs) };
  }
}

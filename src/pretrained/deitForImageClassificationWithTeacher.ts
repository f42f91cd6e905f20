import type { ArchitectureKey } from '../model/beit/architecture.ts';
import { Tensor } from '../tensor.ts';
import { type CommonOutput, commonOutput, PretrainedModel } from './pretrainedModel.ts';
import { checkedRequest, type ForwardInput } from './request.ts';

/** What a {@link DeiTForImageClassificationWithTeacher} gives; every tensor [B, numLabels]. */
export interface TeacherClassifierOutput extends CommonOutput {
  /** The mean of the two below. */
  readonly logits: Tensor;
  /** Of the class token. */
  readonly clsLogits: Tensor;
  /** Of the distillation token. */
  readonly distillationLogits: Tensor;
}

/**
 * A distilled DeiT: one classifier over the class token, one over the distillation token, and their mean. For prediction
 * only, as in transformers: there is no loss.
 *
 * @example
 * const model = await DeiTForImageClassificationWithTeacher.fromPretrained('fixtures/models/deit_teacher');
 * const { logits } = await model.forward({ pixelValues }); // dims [1, numLabels]
 */
export class DeiTForImageClassificationWithTeacher extends PretrainedModel {
  /** @internal */
  static architecture(): ArchitectureKey {
    return { name: 'DeiTForImageClassificationWithTeacher' };
  }

  /**
   * @param input pixels [B, channels, height, width] of any size of at least one patch, and what is to be given besides
   * @returns three tensors of logits, each [B, numLabels]; hidden states and attentions where they were asked for
   * @throws `InvalidArgument`, `Disposed`, `Aborted`, `OutOfMemory`
   */
  async forward(input: ForwardInput): Promise<TeacherClassifierOutput> {
    const outputs = await this.loaded.run(checkedRequest(this.config, input), input.signal);
    const [clsLogits, distillationLogits] = [outputs.clsLogits!, outputs.distillationLogits!];
    return { logits: meanOf(clsLogits, distillationLogits), clsLogits, distillationLogits, ...commonOutput(outputs) };
  }
}

function meanOf(a: Tensor, b: Tensor): Tensor {
  const mean = Float32Array.from(a.data, (x, i) => Math.fround(x + b.data[i]) / 2);
  return new Tensor('float32', mean, a.dims);
}

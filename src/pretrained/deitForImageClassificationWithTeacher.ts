import type { RunOptions } from '../engine/createModel.ts';
import { createModelFrom, openModel } from '../hosting/openModel.ts';
import type { LoadOptions } from '../loading/loadModel.ts';
import type { ModelSource } from '../loading/source.ts';
import type { BeitConfig } from '../model/beit/config/config.ts';
import { teacherArchitecture } from '../model/beit/heads/teacher.ts';
import { Tensor } from '../tensor.ts';
import { type CommonOutput, PretrainedModel } from './pretrainedModel.ts';
import type { ForwardInput } from './request.ts';

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
 * const config = new BeitConfig({ modelType: 'deit', useAbsolutePositionEmbeddings: true, useMeanPooling: false });
 * const model = await DeiTForImageClassificationWithTeacher.fromConfig(config);
 * const { logits } = await model.forward({ pixelValues }); // dims [1, 2]
 */
export class DeiTForImageClassificationWithTeacher extends PretrainedModel {
  /** @throws `FileNotFound`, `InvalidConfig`, `InvalidCheckpoint`, `CheckpointMismatch`, `OutOfMemory`, `Aborted` */
  static async fromPretrained(
    source: ModelSource,
    options: LoadOptions = {},
  ): Promise<DeiTForImageClassificationWithTeacher> {
    return new DeiTForImageClassificationWithTeacher(await openModel(source, teacherArchitecture, options));
  }

  /** Random weights, as transformers initializes them; the same seed gives the same bits everywhere. */
  static async fromConfig(
    config: BeitConfig,
    options: RunOptions & { seed?: number | undefined } = {},
  ): Promise<DeiTForImageClassificationWithTeacher> {
    return new DeiTForImageClassificationWithTeacher(await createModelFrom(config, teacherArchitecture, options));
  }

  /** @throws `InvalidArgument`, `Disposed`, `Aborted`, `OutOfMemory` */
  async forward(input: ForwardInput): Promise<TeacherClassifierOutput> {
    const { named, common } = await this.run(input);
    const { clsLogits, distillationLogits } = named;
    return { logits: meanOf(clsLogits, distillationLogits), clsLogits, distillationLogits, ...common };
  }
}

function meanOf(a: Tensor, b: Tensor): Tensor {
  const mean = Float32Array.from(a.data, (x, i) => Math.fround(x + b.data[i]) / 2);
  return new Tensor('float32', mean, a.dims);
}

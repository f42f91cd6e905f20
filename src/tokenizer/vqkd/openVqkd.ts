import { createModel } from '../../engine/createModel.ts';
import type { RunOptions } from '../../engine/modelOptions.ts';
import { check } from '../../errors.ts';
import { loadWeights } from '../../loading/loadWeights.ts';
import { modelConfig } from '../../loading/modelConfig.ts';
import { sizeOf } from '../../math.ts';
import { visualCodesArchitecture } from '../../model/beit/heads/visualCodes.ts';
import { Tensor } from '../../tensor.ts';
import type { Checkpoint } from '../../weights/checkpoint.ts';
import type { TokenCodec } from '../tokenCodec.ts';
import { nearestCodes } from './nearestCodes.ts';

const CODEBOOK = 'quantize.embedding.weight';
/** What the encoder is made of; the file holds a decoder and counters of training as well. */
const OF_ENCODER = /^(?:encoder\.|encode_task_layer\.)/;

/** As the authors' test has it: the shorter side to 256, the middle 224 × 224, values −1 to 1. */
const PROCESSOR = {
  image_processor_type: 'ViTImageProcessor',
  do_resize: true,
  size: { shortest_edge: 256 },
  resample: 3,
  do_center_crop: true,
  crop_size: { height: 224, width: 224 },
  do_normalize: true,
  image_mean: [0.5, 0.5, 0.5],
  image_std: [0.5, 0.5, 0.5],
};

export type VqkdOptions = RunOptions & {
  readonly signal?: AbortSignal | undefined;
  readonly numAttentionHeads?: number | undefined;
};

/** BEiT v2's tokenizer. Its decoder makes features of a teacher, not pixels. @throws what `BeitModel.fromPretrained` throws */
export async function openVqkd(checkpoint: Checkpoint, options: VqkdOptions): Promise<TokenCodec> {
  const encoder = encoderOf(checkpoint);
  const codeDim = checkpoint.tensors.get(CODEBOOK)!.shape[1];
  const hidden = checkpoint.tensors.get('encoder.cls_token')?.shape.at(-1) ?? 0;
  const json = { num_attention_heads: options.numAttentionHeads ?? Math.max(1, Math.round(hidden / 64)) };
  const { config } = await modelConfig(null, encoder, json);
  const codebook = await readCodebook(checkpoint);
  const model = await createModel(config, visualCodesArchitecture(codeDim), options);
  try {
    await loadWeights(encoder, model.parameters, { signal: options.signal });
    model.parameters.finish();
    await model.ready();
  } catch (error) {
    model.session.dispose();
    throw error;
  }
  return {
    kind: 'vqkd',
    vocabSize: codebook.length / codeDim,
    processor: PROCESSOR,
    memory: () => model.session.memory,
    decode: null,
    async encode(pixels, [height, width], signal) {
      const pixelValues = new Tensor('float32', pixels, [1, config.numChannels, height, width]);
      const { lastHiddenState } = await model.session.run(
        { pixelValues, hiddenStates: false, attentions: false },
        signal,
      );
      const grid = [Math.floor(height / config.patchSize), Math.floor(width / config.patchSize)] as const;
      return { tokens: nearestCodes(lastHiddenState!.data, codebook, codeDim), grid };
    },
    dispose: () => model.session.dispose(),
  };
}

/** The same file as if it held the encoder alone. */
function encoderOf(checkpoint: Checkpoint): Checkpoint {
  const own = [...checkpoint.tensors].filter(([name]) => OF_ENCODER.test(name));
  const bare = (name: string) => name.replace(/^encoder\./, '');
  return {
    ...checkpoint,
    tensors: new Map(own.map(([name, info]) => [bare(name), info])),
    visit: (want, options) =>
      checkpoint.visit((name, info) => (OF_ENCODER.test(name) ? want(bare(name), info) : null), options),
  };
}

async function readCodebook(checkpoint: Checkpoint): Promise<Float32Array> {
  const { shape } = checkpoint.tensors.get(CODEBOOK)!;
  check(shape.length === 2, 'CheckpointMismatch', () => {
    return `Cannot load "${checkpoint.file}": expected "${CODEBOOK}" with 2 axes, got [${shape}]`;
  });
  const codebook = new Float32Array(sizeOf(shape)); // [vocabulary, codeDim]
  const put = (chunk: Float32Array, offset: number) => codebook.set(chunk, offset);
  await checkpoint.visit((name) => (name === CODEBOOK ? { grain: 1, put } : null));
  return codebook;
}

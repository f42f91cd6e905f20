import { check } from '../../errors.ts';
import type { CoreOptions } from '../../wasm/engine.ts';
import type { Checkpoint } from '../../weights/checkpoint.ts';
import type { TokenCodec } from '../tokenCodec.ts';
import { type DecoderState, type DvaeDecoder, decoderState, decodeTokens, dvaeDecoder } from './dvaeDecoder.ts';
import { type DvaeEncoder, dvaeEncoder, type EncoderState, encodePixels, encoderState } from './dvaeEncoder.ts';
import { DvaeNetwork } from './dvaeNetwork.ts';

/** Pixels of a token's side. */
const PATCH = 8;
/** Pixels x in [0, 1] go in as (1 − 2ε)·x + ε. */
const EPS = 0.1;
/** Side of the picture as FLAVA and BEiT v1 give it to the encoder. */
const SIZE = 112;

/** The config of the processor: to 112 × 112 by Lanczos, values 0 to 1. */
export const DVAE_PROCESSOR = {
  do_resize: true,
  size: { height: SIZE, width: SIZE },
  resample: 1,
  do_center_crop: false,
  do_normalize: false,
};

type Open = CoreOptions & { readonly signal?: AbortSignal | undefined };

const openEncoder = (checkpoint: Checkpoint, options: Open) =>
  DvaeNetwork.open<DvaeEncoder, EncoderState>(
    { decoder: false, params: dvaeEncoder, state: encoderState },
    checkpoint,
    options,
  );
const openDecoder = (checkpoint: Checkpoint, options: Open) =>
  DvaeNetwork.open<DvaeDecoder, DecoderState>(
    { decoder: true, params: dvaeDecoder, state: decoderState },
    checkpoint,
    options,
  );

/** DALL-E's discrete VAE, either half or both. @throws what {@link DvaeNetwork.open} throws */
export async function openDvae(
  encoderFile: Checkpoint | null,
  decoderFile: Checkpoint | null,
  options: Open,
): Promise<TokenCodec> {
  const encoder = encoderFile && (await openEncoder(encoderFile, options));
  const decoder = decoderFile && (await openDecoder(decoderFile, options));
  const { vocabSize } = (encoder ?? decoder!).model.sizes;
  return {
    kind: 'dvae',
    vocabSize,
    processor: DVAE_PROCESSOR,
    memory: () => (encoder?.memory ?? 0) + (decoder?.memory ?? 0),
    encode: encoder && ((pixels, grid, signal) => encodeAll(encoder, pixels, grid, signal)),
    decode: decoder && ((tokens, grid, signal) => decodeAll(decoder, tokens, grid, signal)),
    dispose() {
      encoder?.dispose();
      decoder?.dispose();
    },
  };
}

async function encodeAll(
  encoder: DvaeNetwork<DvaeEncoder, EncoderState>,
  pixels: Float32Array,
  [height, width]: readonly [number, number],
  signal?: AbortSignal,
) {
  check(height % PATCH === 0 && width % PATCH === 0 && height * width > 0, 'InvalidArgument', () => {
    return `Cannot encode pixels: expected sides that are multiples of ${PATCH}, got ${height} × ${width}`;
  });
  const mapped = pixels.map((x) => Math.fround(1 - 2 * EPS) * x + Math.fround(EPS));
  const logits = await encoder.run({ height, width }, (b, m, s) => encodePixels(b, m, s, mapped), signal);
  const grid = [height / PATCH, width / PATCH] as const;
  return { tokens: argmax(logits, grid[0] * grid[1], encoder.model.sizes.vocabSize), grid };
}

/** The first of the largest in each row, as torch.argmax gives it. */
function argmax(logits: Float32Array, rows: number, cols: number): Int32Array {
  return Int32Array.from({ length: rows }, (_, i) => {
    const row = logits.subarray(i * cols, (i + 1) * cols);
    let best = 0;
    for (let c = 1; c < cols; c++) if (row[c] > row[best]) best = c;
    return best;
  });
}

async function decodeAll(
  decoder: DvaeNetwork<DvaeDecoder, DecoderState>,
  tokens: Int32Array,
  [height, width]: readonly [number, number],
  signal?: AbortSignal,
) {
  const { channels } = decoder.model.sizes;
  const values = await decoder.run({ height, width }, (b, m, s) => decodeTokens(b, m, s, tokens), signal);
  const area = height * PATCH * width * PATCH;
  const data = new Uint8Array(area * channels); // [height, width, channels]
  for (let i = 0; i < area; i++) {
    for (let c = 0; c < channels; c++) {
      const x = (values[2 * channels * i + c] - EPS) / (1 - 2 * EPS);
      data[channels * i + c] = Math.round(255 * Math.min(Math.max(x, 0), 1));
    }
  }
  return { data, height: height * PATCH, width: width * PATCH, channels };
}

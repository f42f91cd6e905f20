import type { RunOptions } from '../engine/modelOptions.ts';
import { check } from '../errors.ts';
import type { PictureInput, PictureOptions } from '../input/pictureInput.ts';
import { BeitImageProcessor } from '../loading/imageProcessors.ts';
import type { ModelSource, SourceOptions } from '../loading/source.ts';
import { checkOptions, OPTIONS, ownNames, type WithOtherNames } from '../options.ts';
import { checkTensor, Tensor } from '../tensor.ts';
import type { DecodedPicture, TokenCodec } from './tokenCodec.ts';

/** How a visual tokenizer is found and run. */
export interface VisualTokenizerOptions
  extends SourceOptions,
    Pick<RunOptions, 'threads' | 'simd' | 'device' | 'arithmetic' | 'wideVectors'> {
  /** The weights file. Default: `encoder.pkl`, else the first of the usual names that is there. */
  readonly file?: string | undefined;
  /** Of BEiT v2's encoder, whose weights do not tell it; default: its width divided by 64. */
  readonly numAttentionHeads?: number | undefined;
}

/**
 * What makes discrete tokens of pictures, as BEiT is pre-trained on: DALL-E's dVAE, which BEiT v1 predicts and which turns
 * tokens into pixels again, or the VQ-KD of BEiT v2.
 *
 * It runs where it is called, layer by layer with turns of the event loop between them, and its code is fetched when the
 * first one is opened. Its weights are f32, of whatever dtype the file is.
 *
 * @example
 * const tokenizer = await VisualTokenizer.fromPretrained('fixtures/tokenizers/dvae');
 * const tokens = await tokenizer.encode('fixtures/beit-digits/scans/0005-5.png'); // dims [14, 14]
 * const { data, width, height } = await tokenizer.decode(tokens); // 112 × 112
 */
export class VisualTokenizer {
  /** The pixels that `encode` takes, made as the authors make them. */
  readonly processor: BeitImageProcessor;
  #codec: TokenCodec | null;

  private constructor(codec: TokenCodec) {
    this.#codec = codec;
    this.processor = BeitImageProcessor.fromConfig(codec.processor);
  }

  /**
   * Opens the first that is there: `encoder.pkl` and `decoder.pkl` of DALL-E (nothing in them is run), a FLAVA image codebook
   * or a whole FLAVA, a checkpoint of BEiT v2's VQ-KD.
   *
   * @param source a folder, a file, a URL, a repository of the hub, or files by name
   * @param options how it is found and run
   * @returns the tokenizer
   * @throws `FileNotFound`, `CheckpointMismatch`, `InvalidCheckpoint`, `UnsafePickle`, `OutOfMemory`, `Aborted`
   * @example
   * const tokenizer = await VisualTokenizer.fromPretrained('fixtures/tokenizers/dvae', { threads: 2 });
   */
  static async fromPretrained(
    source: ModelSource,
    options: WithOtherNames<VisualTokenizerOptions> = {},
  ): Promise<VisualTokenizer> {
    const own = ownNames<VisualTokenizerOptions>(options, OPTIONS.tokenizer);
    const { openTokenizer } = await import('./openTokenizer.ts'); // few programs ever open one
    return new VisualTokenizer(await openTokenizer(source, own));
  }

  /** `dvae` of DALL-E or `vqkd` of BEiT v2. */
  get kind(): 'dvae' | 'vqkd' {
    return this.#loaded.kind;
  }

  /** Whether {@link VisualTokenizer.decode} can paint tokens. */
  get canDecode(): boolean {
    return this.#loaded.decode !== null;
  }

  /** How many tokens there are. */
  get vocabSize(): number {
    return this.#loaded.vocabSize;
  }

  /** Bytes of WebAssembly or GPU memory: weights and buffers of the last size. */
  get memory(): number {
    return this.#loaded.memory();
  }

  /**
   * The token of every patch of a picture.
   *
   * @param picture anything that `BeitImageProcessor` takes
   * @param options `signal`, `maxPixels` and `truncated`
   * @returns int32 [height, width], [14, 14] for the published models
   * @throws `UnsupportedFormat` when there is only a decoder; `Aborted`, `Disposed`, and what reading the picture throws
   * @example
   * const { dims, data } = await tokenizer.encode(png);
   */
  async encode(picture: PictureInput, options: PictureOptions = {}): Promise<Tensor<'int32'>> {
    checkOptions(options, OPTIONS.picture);
    const { pixelValues } = await this.processor.preprocess(picture, options);
    return this.encodePixels(pixelValues, options);
  }

  /**
   * The token of every patch of pixels that are made already.
   *
   * @param pixelValues [1, channels, height, width] as `processor` makes them, sides multiples of a patch
   * @param options `signal`
   * @returns int32 [height, width]
   * @throws `InvalidArgument` for other shapes; `UnsupportedFormat`, `Aborted`, `Disposed`
   * @example
   * const { pixelValues } = await tokenizer.processor.preprocess(png);
   * const tokens = await tokenizer.encodePixels(pixelValues);
   */
  async encodePixels(
    pixelValues: Tensor,
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<Tensor<'int32'>> {
    const { encode } = this.#loaded;
    check(encode, 'UnsupportedFormat', 'Cannot encode a picture: the source has a decoder and no encoder');
    checkTensor('Invalid pixelValues', pixelValues, 'float32');
    const [images, channels, height, width] = pixelValues.dims;
    check(pixelValues.dims.length === 4 && images === 1 && channels === 3, 'InvalidArgument', () => {
      return `Invalid pixelValues: expected [1, 3, height, width], got [${pixelValues.dims}]`;
    });
    const { tokens, grid } = await encode(pixelValues.data, [height, width], signal);
    return new Tensor('int32', tokens, grid);
  }

  /**
   * The picture of a grid of tokens, as the decoder of the dVAE paints it, 8 × 8 pixels a token.
   *
   * @param tokens int32 [height, width]
   * @param options `signal`
   * @returns RGB bytes
   * @throws `InvalidArgument` for tokens beyond the vocabulary; `UnsupportedFormat` when there is no decoder: FLAVA has none,
   * that of BEiT v2 makes no pixels; `Aborted`, `Disposed`
   * @example
   * const picture = await tokenizer.decode(tokens);
   * const png = await encodePng(picture);
   */
  async decode(
    tokens: Tensor<'int32'>,
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<DecodedPicture> {
    const { decode, vocabSize, kind } = this.#loaded;
    check(decode, 'UnsupportedFormat', () => {
      const why = kind === 'vqkd' ? 'the decoder of BEiT v2 makes features, not pixels' : 'there is no decoder.pkl';
      return `Cannot decode tokens: ${why}`;
    });
    checkTensor('Invalid tokens', tokens, 'int32');
    const { data, dims } = tokens;
    check(dims.length === 2 && data.length > 0, 'InvalidArgument', () => {
      return `Invalid tokens: expected [height, width], got [${dims}]`;
    });
    const unknown = data.find((token) => token < 0 || token >= vocabSize);
    check(unknown === undefined, 'InvalidArgument', () => {
      return `Invalid tokens: expected 0 to ${vocabSize - 1}, got ${unknown}`;
    });
    return decode(data, [dims[0], dims[1]], signal);
  }

  get #loaded(): TokenCodec {
    check(this.#codec, 'Disposed', 'Cannot use the tokenizer: it was disposed of');
    return this.#codec;
  }

  /** Gives the memory back. The tokenizer cannot be used afterwards. */
  dispose(): void {
    this.#codec?.dispose();
    this.#codec = null;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** The class's name. Vue takes an object that has one as it is; through a proxy, private members cannot be reached. */
  get [Symbol.toStringTag](): string {
    return this.constructor.name;
  }
}

/** Height and width: of a picture in pixels, or of a grid in tokens. */
export type Sides = readonly [height: number, width: number];

/** Pixels, row by row, channels last. */
export interface DecodedPicture {
  readonly data: Uint8Array; // [height, width, channels]
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

/** What a visual tokenizer of any kind can do; null for what it cannot. */
export interface TokenCodec {
  readonly kind: 'dvae' | 'vqkd';
  readonly vocabSize: number;
  /** As `preprocessor_config.json` has it. */
  readonly processor: Readonly<Record<string, unknown>>;
  memory(): number;
  /** Pixels [channels, height, width] as the processor makes them → the token of every patch. */
  readonly encode:
    | ((
        pixels: Float32Array,
        size: Sides,
        signal?: AbortSignal,
      ) => Promise<{ readonly tokens: Int32Array; readonly grid: Sides }>)
    | null;
  readonly decode: ((tokens: Int32Array, grid: Sides, signal?: AbortSignal) => Promise<DecodedPicture>) | null;
  dispose(): void;
}

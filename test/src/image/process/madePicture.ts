/** A picture by the formula of fixtures/make/processors.py. */
export function madePicture(width: number, height: number) {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 7919 + (i >> 3) * 31) % 256);
  return { data, width, height, channels: 3 as const };
}

/** What Python made of a picture, by a config. */
export interface ProcessorRow {
  readonly config: Readonly<Record<string, unknown>>;
  readonly width: number;
  readonly height: number;
  readonly dims?: readonly number[];
  readonly sha256?: string;
  readonly error?: string;
}

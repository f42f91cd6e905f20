import { BeitError, check } from '../errors.ts';
import { classOf } from '../tensor.ts';
import { type DecodeOptions, decode, decodeLabels } from './decode.ts';
import type { RgbPixels, SampleGrid } from './pixels.ts';

/** Pixels that are there already: 1, 3 or 4 interleaved channels (counted from the data where it is not said), as ImageData. */
export interface RawPicture {
  readonly data: Uint8Array | Uint8ClampedArray; // [height, width, channels]
  readonly width: number;
  readonly height: number;
  readonly channels?: number;
}

/** Encoded bytes, wherever they lie. */
export type EncodedPicture = Uint8Array | ArrayBuffer | Blob;

/** What an image processor reads: a PNG or JPEG, or pixels. */
export type Picture = EncodedPicture | RawPicture;

/** Class numbers of the pixels of a picture: a gray or palette PNG, or whole numbers row by row. */
export type SegmentationMap = EncodedPicture | { data: ArrayLike<number>; width: number; height: number };

/** Class numbers as the processor works on them. */
export interface LabelMap extends SampleGrid {
  readonly data: Int32Array; // [height, width]
  readonly channels: 1;
}

/** The RGB pixels of whatever `picture` is: decoded, alpha dropped, gray widened. */
export async function readPicture(picture: Picture, options?: DecodeOptions): Promise<RgbPixels> {
  const bytes = await encodedBytes(picture);
  return bytes ? decode(bytes, options) : toRgb(picture as RawPicture);
}

/** The class numbers of whatever `map` is. */
export async function readSegmentationMap(map: SegmentationMap, options?: DecodeOptions): Promise<LabelMap> {
  const bytes = await encodedBytes(map);
  const { data, width, height } = bytes
    ? await decodeLabels(bytes, options)
    : (map as Exclude<SegmentationMap, EncodedPicture>);
  checkArea('segmentation map', width, height);
  check(data?.length === width * height, 'InvalidArgument', () => {
    return `Cannot read a segmentation map: expected ${height} × ${width} class numbers, got ${data?.length}`;
  });
  for (let i = 0; i < data.length; i++) {
    const isClass = Number.isInteger(data[i]) && data[i] >= 0 && data[i] < 2 ** 31;
    check(isClass, 'InvalidArgument', () => `Cannot read a segmentation map: ${data[i]} is no class number`);
  }
  return { data: Int32Array.from(data), width, height, channels: 1 };
}

async function encodedBytes(source: unknown): Promise<Uint8Array | undefined> {
  check(
    typeof source === 'object' && source !== null,
    'InvalidArgument',
    () => `Cannot read a picture from ${typeof source}`,
  );
  if (classOf(source) === 'Uint8Array') return source as Uint8Array;
  if (classOf(source) === 'ArrayBuffer') return new Uint8Array(source as ArrayBuffer);
  return source instanceof Blob ? new Uint8Array(await blobBytes(source)) : undefined;
}

async function blobBytes(blob: Blob): Promise<ArrayBuffer> {
  try {
    return await blob.arrayBuffer();
  } catch (cause) {
    throw new BeitError('InvalidImage', `Cannot read the picture: a Blob of ${blob.size} bytes could not be read`, {
      cause,
    });
  }
}

function checkArea(what: string, width: number, height: number): void {
  const whole = Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0;
  check(whole, 'InvalidArgument', () => `Cannot read a ${what}: its size is ${width} × ${height}`);
}

function toRgb({ data, width, height, channels }: RawPicture): RgbPixels {
  const isBytes = ['Uint8Array', 'Uint8ClampedArray'].includes(classOf(data));
  check(isBytes, 'InvalidArgument', 'Cannot read a picture: expected a PNG, a JPEG or {data: bytes, width, height}');
  checkArea('picture', width, height);
  const count = channels ?? data.length / (width * height);
  const fits = [1, 3, 4].includes(count) && data.length === width * height * count;
  check(fits, 'InvalidArgument', () => {
    return `Cannot read a picture of ${width} × ${height} pixels: expected 1, 3 or 4 bytes each, got ${data.length} bytes`;
  });
  const rgb = new Uint8Array(width * height * 3);
  const [green, blue] = count === 1 ? [0, 0] : [1, 2];
  for (let from = 0, to = 0; to < rgb.length; from += count, to += 3) {
    rgb[to] = data[from];
    rgb[to + 1] = data[from + green];
    rgb[to + 2] = data[from + blue];
  }
  return { data: rgb, width, height, channels: 3 };
}

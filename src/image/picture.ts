import { BeitError, check } from '../errors.ts';
import { classOf } from '../tensor.ts';
import type { DecodeOptions } from './decodePicture.ts';
import { decodeLabels, decodePicture, decodeResized, type ResizedPicture, type TargetOf } from './decodePicture.ts';
import type { RgbPixels, SampleGrid } from './pixels.ts';

/**
 * Pixels that are there already, as ImageData: interleaved channels (counted from the data where it is not said), which are
 * gray, gray and alpha, RGB, or RGB and alpha.
 */
export interface RawPicture {
  readonly data: Uint8Array | Uint8ClampedArray; // [height, width, channels]
  readonly width: number;
  readonly height: number;
  /** 1 to 4; default: what the data have for each pixel. */
  readonly channels?: number;
}

/** Encoded bytes, in memory or in a file. */
export type EncodedPicture = Uint8Array | ArrayBuffer | Blob;

/** What can be read without a platform: an encoded picture, or pixels. */
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
  return bytes ? decodePicture(bytes, options) : toRgb(picture as RawPicture);
}

/** The same for a picture that is going to be resized: it may come so already. */
export async function readResizedPicture(
  picture: Picture,
  options: DecodeOptions,
  targetOf: TargetOf,
): Promise<ResizedPicture> {
  const bytes = await encodedBytes(picture);
  if (bytes) return decodeResized(bytes, options, targetOf);
  const pixels = toRgb(picture as RawPicture);
  return { pixels, isResized: false, width: pixels.width, height: pixels.height };
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
    check(isClass, 'InvalidArgument', () => `Cannot read a segmentation map: ${data[i]} is not a class number`);
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
  checkBytes(data);
  checkArea('picture', width, height);
  const count = channels ?? data.length / (width * height);
  check([1, 2, 3, 4].includes(count) && data.length === width * height * count, 'InvalidArgument', () => {
    const expected = channels === undefined ? '1 to 4 bytes a pixel' : `${channels} bytes a pixel, of 1 to 4`;
    const wide = data.length === width * height * (channels ?? 0) * 2 || count === 6 || count === 8;
    const hint = wide ? ' (are they 16 bits a channel? 8 are read: with sharp .raw({ depth: "uchar" }))' : '';
    const what = `Cannot read a picture of ${width} × ${height} pixels`;
    return `${what}: expected ${expected}, got ${data.length} bytes${hint}`;
  });
  const rgb = new Uint8Array(width * height * 3);
  const [green, blue] = count < 3 ? [0, 0] : [1, 2];
  for (let from = 0, to = 0; to < rgb.length; from += count, to += 3) {
    rgb[to] = data[from];
    rgb[to + 1] = data[from + green];
    rgb[to + 2] = data[from + blue];
  }
  return { data: rgb, width, height, channels: 3 };
}

function checkBytes(data: unknown): void {
  const kind = data === undefined ? 'nothing' : classOf(data);
  if (kind === 'Uint8Array' || kind === 'Uint8ClampedArray') return;
  const hints: readonly (readonly [RegExp, string])[] = [
    [/^U?[Ii]nt16/, 'divide samples of 16 bits by 257'],
    [/^Float/, 'multiply values of 0 to 1 by 255'],
    [/^Array$/, 'pass Uint8Array.from(data)'],
  ];
  const hint = hints.find(([is]) => is.test(kind))?.[1];
  const got = hint ? `${kind} (${hint})` : kind;
  throw new BeitError('InvalidArgument', `Cannot read a picture: expected data of 8 bits a channel, got ${got}`);
}

import { BeitError, BeitImageProcessor, encodePng, type PictureInput } from '../index.ts';

/** What of Node, Deno and Bun writes a file. */
interface FileSystem {
  readonly promises: { writeFile(path: string, bytes: Uint8Array): Promise<void> };
}

/**
 * Pixels of 8 bits a channel. Wherever the library takes a picture it takes one of these.
 *
 * @example
 * const image = await RawImage.read('fixtures/beit-digits/scans/0005-5.png');
 */
export class RawImage {
  readonly data: Uint8Array | Uint8ClampedArray; // [height, width, channels]
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 2 | 3 | 4;

  /**
   * @param data interleaved samples, [height, width, channels]; they are not copied
   * @param width in pixels
   * @param height in pixels
   * @param channels gray, gray and alpha, RGB, or RGB and alpha
   * @throws `InvalidArgument` when the data do not fill the picture
   */
  constructor(data: Uint8Array | Uint8ClampedArray, width: number, height: number, channels: 1 | 2 | 3 | 4) {
    const fits = [1, 2, 3, 4].includes(channels) && data?.length === width * height * channels;
    if (!fits) {
      const expected = `${height} × ${width} × ${channels} bytes`;
      throw new BeitError('InvalidArgument', `Cannot make a RawImage: expected ${expected}, got ${data?.length}`);
    }
    this.data = data;
    this.width = width;
    this.height = height;
    this.channels = channels;
  }

  /**
   * Reads a picture in any form that the library takes. Of an encoded picture the pixels are those of Python's
   * `Image.open(…).convert('RGB')`: upright, without alpha.
   *
   * @param input a path, a URL, bytes, a `Blob`, a canvas, pixels; a RawImage is given back as it is
   * @returns RGB
   * @throws `InvalidArgument`, `InvalidImage`, `ImageTooLarge`, `UnsupportedFormat`, `FileNotFound`, `Network`
   */
  static async read(input: RawImage | PictureInput): Promise<RawImage> {
    if (input instanceof RawImage) return input;
    const pixels = new BeitImageProcessor({
      doResize: false,
      doCenterCrop: false,
      doRescale: false,
      doNormalize: false,
    });
    const { data, dims } = (await pixels.preprocess(input)).pixelValues;
    const [, , height, width] = dims;
    return new RawImage(interleaved(data, width * height), width, height, 3);
  }

  /** {@link RawImage.read} of a URL or a path. */
  static fromURL(url: string | URL): Promise<RawImage> {
    return RawImage.read(url);
  }

  /** {@link RawImage.read} of a `Blob`. */
  static fromBlob(blob: Blob): Promise<RawImage> {
    return RawImage.read(blob);
  }

  get size(): [width: number, height: number] {
    return [this.width, this.height];
  }

  /** A copy with data of its own. */
  clone(): RawImage {
    return new RawImage(this.data.slice(), this.width, this.height, this.channels);
  }

  /**
   * @param type only `image/png`, the default
   * @returns the picture as a file
   * @throws `UnsupportedFormat` for another type; `InvalidArgument` for gray with alpha
   */
  async toBlob(type: string = 'image/png'): Promise<Blob> {
    if (type !== 'image/png')
      throw new BeitError('UnsupportedFormat', `Cannot encode a picture as ${type}: expected image/png`);
    return new Blob([Uint8Array.from(encodePng(this))], { type });
  }

  /**
   * Writes a PNG.
   *
   * @param path of the file, which ends with `.png`
   * @throws `UnsupportedFormat` for another ending; `UnsupportedRuntime` where there is no file system; `FileSystem`
   */
  async save(path: string): Promise<void> {
    if (!/\.png$/i.test(path))
      throw new BeitError('UnsupportedFormat', `Cannot save the picture ${path}: expected a name that ends with .png`);
    const { promises } = fileSystem();
    try {
      await promises.writeFile(path, encodePng(this));
    } catch (cause) {
      if (cause instanceof BeitError) throw cause;
      throw new BeitError('FileSystem', `Cannot save the picture ${path}: ${(cause as Error).message}`, { cause });
    }
  }
}

/** Planes of floats to pixels. */
function interleaved(planes: Float32Array, area: number): Uint8Array {
  const data = new Uint8Array(3 * area);
  for (let c = 0; c < 3; c++) for (let i = 0; i < area; i++) data[3 * i + c] = planes[c * area + i];
  return data;
}

/** Asked of the runtime, since a page's bundler would look for an imported module. */
function fileSystem(): FileSystem {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): FileSystem | undefined } };
  const found = process?.getBuiltinModule?.('node:fs');
  if (!found)
    throw new BeitError('UnsupportedRuntime', 'Cannot save a picture here: there is no file system (use toBlob())');
  return found;
}

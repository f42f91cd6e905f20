import type { Truncated } from '../image/decodePicture.ts';
import type { Picture } from '../image/picture.ts';

/** What the library needs of a `Blob`, a `File`, a `Response` or a `Request`. */
export interface PictureBody {
  /**
   * Called once.
   *
   * @returns all bytes of the encoded picture
   * @throws its own error, which becomes the cause of a `BeitError`
   */
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** A web stream, or a stream of Node: bytes in pieces. */
export type PictureStream = { getReader(): unknown } | AsyncIterable<Uint8Array>;

/** What sharp's `toBuffer({ resolveWithObject: true })` gives: pixels after `.raw()`, else an encoded picture. */
export interface SharpOutput {
  readonly data: Uint8Array;
  readonly info: {
    readonly width: number;
    readonly height: number;
    readonly channels?: number | undefined;
    readonly format?: string | undefined;
  };
}

/**
 * What a page can draw, told by a property of each: `HTMLImageElement`, `HTMLVideoElement`, `VideoFrame`, canvases, their
 * contexts and `ImageBitmap`. By their names, which Node does not know, every input would be `any`.
 */
export type Drawable =
  | { readonly naturalWidth: number; readonly naturalHeight: number }
  | { readonly videoWidth: number; readonly videoHeight: number }
  | { readonly displayWidth: number; readonly displayHeight: number }
  | { readonly width: number; readonly height: number; getContext(kind: never): unknown }
  | { readonly canvas: object; drawImage: unknown }
  | Bitmap;

/** What users see of an `ImageBitmap`. */
export interface Bitmap {
  readonly width: number;
  readonly height: number;
  /** Frees the pixels. Never called here. */
  close(): void;
}

/** A file handle of the browser. */
export interface PictureHandle {
  /**
   * Called once.
   *
   * @returns the encoded picture
   * @throws the browser's own error, which is passed on
   */
  getFile(): Promise<Blob>;
}

/**
 * A picture in any form in which people have one. Encoded: bytes (`Uint8Array`, `Buffer`, other views of bytes,
 * `ArrayBuffer`), `Blob`, `File`, `Response`, a stream, a `data:`, `http(s):`, `blob:` or `file:` URL, a path where there is
 * a file system, a URL relative to the page where there is none. Pixels: `{ data, width, height }` of 8 bits a channel as
 * `ImageData` or transformers.js' `RawImage` has them, and sharp's `{ data, info }`. In pages, what can be drawn: `<img>`,
 * `<video>`, `<canvas>`, `OffscreenCanvas`, `VideoFrame`, `ImageBitmap`.
 *
 * Encoded pictures are decoded here, the same everywhere and as Python does. What is drawn has the pixels that the browser
 * made: they differ between browsers, and from Python's.
 */
export type PictureInput =
  | Picture
  | string
  | URL
  | ArrayBufferView
  | PictureBody
  | PictureStream
  | PictureHandle
  | SharpOutput
  | Drawable;

/** What is left to be read: bytes, a `Blob`, pixels, or a bitmap, which only the platform can read. */
export type OpenedPicture = Picture | Bitmap;

/** What reading a picture takes. */
export interface PictureOptions {
  /** Pictures of more pixels are rejected before anything is allocated for them; 64,000,000 unless given. */
  readonly maxPixels?: number | undefined;
  /**
   * What becomes of a picture whose data end early: `'error'` unless given; `'fill'` gives what is there, as Pillow does with
   * `ImageFile.LOAD_TRUNCATED_IMAGES`.
   */
  readonly truncated?: Truncated | undefined;
  readonly signal?: AbortSignal | undefined;
}

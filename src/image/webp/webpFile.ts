import { exifOrientation, xmpOrientation } from '../exif.ts';
import { checkPixelCount } from '../pixels.ts';
import { checkWebp, paddedSize, type WebpChunk, WebpChunks } from './webpChunks.ts';
import { readWebpFrame, type WebpFrame } from './webpFrame.ts';

/** A WebP whose container has been checked, its first picture not yet decoded. */
export interface WebpFile {
  readonly bytes: Uint8Array;
  readonly width: number; // of the canvas
  readonly height: number;
  readonly frame: WebpFrame; // the only picture, or the first of an animation
  readonly left: number; // where it is on the canvas
  readonly top: number;
  readonly orientation: number; // 1…8, as EXIF counts
}

/** A picture, and where it is. */
type PlacedFrame = Pick<WebpFile, 'frame' | 'left' | 'top'>;

/** What a WebP with extras says before its pictures. */
type Canvas = Pick<WebpFile, 'width' | 'height'> & Readonly<Record<'animated' | 'xmp' | 'exif' | 'alpha', boolean>>;

const EXTRAS_BYTES = 10;
const ANIMATION_BYTES = 6;
const FRAME_BYTES = 16;
/** Flags of a WebP with extras; no others may be set. */
const FLAGS = { animated: 0x02, xmp: 0x04, exif: 0x08, alpha: 0x10, colorProfile: 0x20 };
const ALL_FLAGS = 0x3e;

/** Reads the container of a WebP; all of its pictures must have headers that can be true. */
export function openWebp(bytes: Uint8Array, maxPixels?: number): WebpFile {
  const chunks = new WebpChunks(bytes);
  const first = chunks.peek();
  if (first.id === 'VP8X') return openExtended(chunks, first, maxPixels);
  checkWebp(/^VP8[ L]$/.test(first.id), `expected an image, got a chunk "${first.id}"`, first.at - 8);
  const frame = readWebpFrame(chunks)!;
  checkPixelCount('decode WebP', frame.width, frame.height, maxPixels);
  return { bytes, width: frame.width, height: frame.height, frame, left: 0, top: 0, orientation: 1 };
}

function openExtended(chunks: WebpChunks, first: WebpChunk, maxPixels?: number): WebpFile {
  const canvas = readCanvas(chunks, first);
  const { width, height } = canvas;
  checkPixelCount('decode WebP', width, height, maxPixels);
  chunks.skip(first);
  const { frames, exif, xmp } = readChunks(chunks, canvas);
  checkWebp(
    frames.length > 0 && (canvas.animated || frames.length === 1),
    `it has ${frames.length} pictures`,
    chunks.at,
  );
  for (const placed of frames) checkBounds(placed, canvas);
  const { frame, left, top } = frames[0];
  const orientation = (exif && exifOrientation(exif)) ?? (xmp && xmpOrientation(xmp)) ?? 1;
  return { bytes: chunks.bytes, width, height, frame, left, top, orientation };
}

function readCanvas(chunks: WebpChunks, { at, size }: WebpChunk): Canvas {
  checkWebp(size >= EXTRAS_BYTES, `expected ${EXTRAS_BYTES} bytes of VP8X or more, got ${size}`, at);
  const flags = chunks.byte(at);
  checkWebp(!(flags & ~ALL_FLAGS), `unknown flags 0x${flags.toString(16)}`, at);
  return {
    width: 1 + chunks.u24(at + 4),
    height: 1 + chunks.u24(at + 7),
    animated: (flags & FLAGS.animated) > 0,
    xmp: (flags & FLAGS.xmp) > 0,
    exif: (flags & FLAGS.exif) > 0,
    alpha: (flags & FLAGS.alpha) > 0,
  };
}

/** All pictures, and the first chunks of metadata that the flags announce. */
function readChunks(chunks: WebpChunks, canvas: Canvas) {
  const frames: PlacedFrame[] = [];
  let animation = false;
  let exif: Uint8Array | undefined;
  let xmp: Uint8Array | undefined;
  do {
    const chunk = chunks.peek();
    const { id, at, size } = chunk;
    checkWebp(id !== 'VP8X', 'a second chunk VP8X', at);
    if (/^(ALPH|VP8[ L])$/.test(id)) {
      checkWebp(!animation && !canvas.animated, 'a picture outside of the frames of an animation', at);
      frames.push({ frame: readStill(chunks, canvas), left: 0, top: 0 });
      continue;
    }
    if (id === 'ANMF') {
      checkWebp(animation, 'a frame without an animation', at);
      const placed = readAnimationFrame(chunks, chunk);
      if (canvas.animated && placed) frames.push(placed);
      continue;
    }
    if (id === 'ANIM') {
      checkWebp(paddedSize(chunk) >= ANIMATION_BYTES, `expected ${ANIMATION_BYTES} bytes of ANIM, got ${size}`, at);
      animation = true;
    }
    if (id === 'EXIF' && canvas.exif) exif ??= chunks.payload(chunk);
    if (id === 'XMP ' && canvas.xmp) xmp ??= chunks.payload(chunk);
    chunks.skip(chunk);
  } while (!chunks.done);
  return { frames, exif, xmp };
}

/** Without the flag alpha does not count. */
function readStill(chunks: WebpChunks, { alpha }: Canvas): WebpFrame {
  const frame = readWebpFrame(chunks)!;
  return !alpha ? { ...frame, alpha: undefined } : frame;
}

/** Undefined for a frame without a picture. Sizes in the frame's own header are ignored: the image has them too. */
function readAnimationFrame(chunks: WebpChunks, chunk: WebpChunk): PlacedFrame | undefined {
  const { at, size } = chunk;
  checkWebp(paddedSize(chunk) >= FRAME_BYTES, `expected ${FRAME_BYTES} bytes of ANMF or more, got ${size}`, at);
  chunks.enter(chunk, FRAME_BYTES);
  const frame = readWebpFrame(chunks);
  checkWebp(chunks.at <= at + paddedSize(chunk), 'a picture that is larger than its frame', at);
  return frame && { frame, left: 2 * chunks.u24(at), top: 2 * chunks.u24(at + 3) };
}

/** A still picture fills the canvas, a frame is within. */
function checkBounds({ frame, left, top }: PlacedFrame, { width, height, animated }: Canvas): void {
  const fits = animated
    ? left + frame.width <= width && top + frame.height <= height
    : frame.width === width && frame.height === height;
  const place = `a picture of ${frame.width} × ${frame.height} pixels at ${left}, ${top}`;
  checkWebp(fits, `${place} on a canvas of ${width} × ${height}`, frame.image.at);
}

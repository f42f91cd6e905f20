import { BeitError, check, reason } from '../errors.ts';
import type { RawPicture } from '../image/picture.ts';
import { checkPixelCount } from '../image/pixels.ts';
import { isBitmap } from './bitmap.ts';
import type { Bitmap, Drawable } from './pictureInput.ts';

/** Whether a page, or a canvas of another library, can draw it. */
export function isDrawable(picture: object): picture is Drawable {
  const has = (name: string) => name in picture;
  return (
    isBitmap(picture) ||
    has('naturalWidth') ||
    has('videoWidth') ||
    has('displayWidth') ||
    has('getContext') ||
    isContext(picture)
  );
}

function isContext(picture: object): picture is { canvas: object } {
  return 'canvas' in picture && 'drawImage' in picture;
}

/**
 * What can be drawn as a bitmap, which may be handed to a worker; where there are none, as pixels.
 *
 * @throws `InvalidImage` for what has no pixels yet, or no longer; `UnsupportedRuntime` where nothing can be drawn
 */
export async function drawnPicture(picture: Drawable): Promise<Bitmap | RawPicture> {
  const source = isContext(picture) ? picture.canvas : picture;
  if (typeof createImageBitmap !== 'function') return canvasPixels(source);
  await loaded(source);
  try {
    return await createImageBitmap(source as ImageBitmapSource);
  } catch (cause) {
    throw new BeitError('InvalidImage', `Cannot read ${nameOf(source)}: ${reason(cause)}${hintFor(source)}`, { cause });
  }
}

/** An `<img>` may still be loading; one without a source never ends to. */
async function loaded(source: object): Promise<void> {
  const { complete, decode, currentSrc, src } = source as Partial<HTMLImageElement>;
  if (complete !== false || typeof decode !== 'function') return;
  try {
    await decode.call(source);
  } catch (cause) {
    const { message } = cause as Error;
    throw new BeitError('InvalidImage', `Cannot load the <img> of "${currentSrc || src}": ${message}`, { cause });
  }
}

function nameOf(source: object): string {
  return `the ${Object.prototype.toString.call(source).slice(8, -1)}`;
}

function hintFor(source: object): string {
  if ('videoWidth' in source) return ' (wait for its event "loadeddata")';
  if ('naturalWidth' in source) return ' (is it broken?)';
  return 'width' in source ? ' (is it empty, closed or handed on?)' : '';
}

/** A canvas where there are no bitmaps, such as that of the package "canvas". */
function canvasPixels(source: object): RawPicture {
  const { getContext, width, height } = source as Partial<HTMLCanvasElement>;
  const context = typeof getContext === 'function' ? getContext.call(source, '2d') : null;
  check(context && 'getImageData' in context, 'UnsupportedRuntime', () => {
    return `Cannot read ${nameOf(source)}: this runtime cannot draw it (pass { data, width, height } or encoded bytes)`;
  });
  const { data } = context.getImageData(0, 0, width!, height!);
  return { data, width: width!, height: height! };
}

/** What the browser's own decoder made of a picture. @throws `InvalidImage` for a bitmap that was closed or handed on, `ImageTooLarge` */
export function bitmapPixels(bitmap: ImageBitmap, maxPixels?: number): ImageData {
  const { width, height } = bitmap;
  checkPixelCount('read a bitmap', width, height, maxPixels);
  const context = new OffscreenCanvas(width, height).getContext('2d');
  if (!context)
    throw new BeitError('UnsupportedRuntime', `Cannot read a bitmap of ${width} × ${height}: no canvas is given`);
  context.drawImage(bitmap, 0, 0);
  try {
    return context.getImageData(0, 0, width, height);
  } catch (cause) {
    const hint = 'it is from another origin: set crossorigin="anonymous" before its src, and let the server allow it';
    throw new BeitError('InvalidImage', `Cannot read a bitmap: ${reason(cause)} (${hint})`, { cause });
  }
}

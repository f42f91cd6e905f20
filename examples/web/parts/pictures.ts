// Whatever a person has a picture in: files, the clipboard, a drag from here or from elsewhere.
import { decode } from 'beit-wasm';

export interface OpenedPicture {
  readonly name: string;
  /** For the library. Formats that it reads stay bytes, so the pixels are those of Python; others are the browser's. */
  readonly input: Blob | ImageData;
  /** For the eye. */
  readonly canvas: HTMLCanvasElement;
}

/** What the library decodes itself. */
const READ_HERE = /^image\/(png|jpeg|webp|gif|bmp|tiff)$/;
/** Of what is shown; unit: pixels. */
const LONGEST_SIDE = 1024;

/** @throws `BeitError` or `Error` when neither the browser nor the library can read it */
export async function openPicture(blob: Blob, name = (blob as File).name ?? 'picture'): Promise<OpenedPicture> {
  const canvas = await drawn(blob);
  return { name, canvas, input: READ_HERE.test(blob.type) ? blob : pixelsOf(canvas) };
}

async function drawn(blob: Blob): Promise<HTMLCanvasElement> {
  const url = URL.createObjectURL(blob);
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    return canvasOf(image, image.naturalWidth || 512, image.naturalHeight || 512);
  } catch {
    return decoded(blob);
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** By the library: TIFF, for example, which few browsers draw. */
async function decoded(blob: Blob): Promise<HTMLCanvasElement> {
  const { data, width, height, channels } = await decode(new Uint8Array(await blob.arrayBuffer()));
  const pixels = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) pixels.data[4 * i + c] = data[channels * i + c];
    pixels.data[4 * i + 3] = 255;
  }
  return canvasOf(await createImageBitmap(pixels), width, height);
}

/** A copy, no larger than is worth showing. */
export function canvasOf(source: CanvasImageSource, width: number, height: number): HTMLCanvasElement {
  const scale = Math.min(1, LONGEST_SIDE / Math.max(width, height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  context.fillStyle = '#fff'; // behind what is transparent
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  return canvas;
}

export function pixelsOf(canvas: HTMLCanvasElement): ImageData {
  return canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
}

/** The pixels as a canvas of at least `side` along the longer side, so that a scan of 8 × 8 can be drawn upon. */
export function enlargedCanvas(source: HTMLCanvasElement, side: number): HTMLCanvasElement {
  const times = Math.max(1, Math.ceil(side / Math.max(source.width, source.height)));
  const canvas = document.createElement('canvas');
  canvas.width = source.width * times;
  canvas.height = source.height * times;
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  context.imageSmoothingQuality = 'high';
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/** What was pasted or dropped. @throws `Error` that says what to do instead */
export async function blobsOf(transfer: DataTransfer): Promise<Blob[]> {
  const files = [...transfer.files];
  if (files.length > 0) return files;
  const address = transfer.getData('text/uri-list').split('\n')[0] || transfer.getData('text/plain').trim();
  if (!address) throw new Error('There is no picture in it.');
  const isHere = /^(data:image\/|blob:)/.test(address) || address.startsWith(location.origin);
  if (!isHere)
    throw new Error('That is the address of a picture on another site. Save the picture, then drop the file here.');
  return [await fetchPicture(address)];
}

/** A picture beside the page. */
export async function fetchPicture(url: string): Promise<File> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`Cannot fetch ${url}: status ${response.status}`);
  const blob = await response.blob();
  return new File([blob], url.startsWith('data:') ? 'picture' : url.split('/').pop()!, { type: blob.type });
}

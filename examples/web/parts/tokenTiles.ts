// Visual tokens as tiles: pixels where a codebook is beside the model, else their numbers.
import type { FilledMask, Tensor } from 'beit-wasm';
import { fetchTensor } from './safetensors.ts';

interface Codebook {
  readonly data: Float32Array; // [tokens, channels, size, size], normalized
  readonly channels: number;
  readonly size: number;
}

export interface Painting {
  readonly canvas: HTMLCanvasElement;
  readonly codebook: Codebook | null;
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** Of what is painted; unit: pixels. */
const SIDE = 448;
/** By URL. */
const codebooks = new Map<string, Promise<Codebook>>();

export function fetchCodebook(url: string): Promise<Codebook> {
  const codebook =
    codebooks.get(url) ??
    fetchTensor(url, 'codebook').then(({ shape, bytes }) => ({
      data: new Float32Array(bytes),
      channels: shape[1],
      size: shape[2],
    }));
  codebooks.set(url, codebook);
  codebook.catch(() => codebooks.delete(url));
  return codebook;
}

/** The square that the model sees, however the picture was. */
function drawSquare(target: HTMLCanvasElement, { canvas }: Painting): CanvasRenderingContext2D {
  target.width = target.height = SIDE;
  const context = target.getContext('2d')!;
  context.imageSmoothingQuality = 'high';
  context.drawImage(canvas, 0, 0, SIDE, SIDE);
  return context;
}

/** The picture with its hidden patches gray. @param cursor the patch that keys act on, null for none */
export function drawMasked(
  target: HTMLCanvasElement,
  painting: Painting,
  mask: Tensor<'bool'>,
  cursor: number | null,
): void {
  const context = drawSquare(target, painting);
  const [rows, cols] = mask.dims;
  const [width, height] = [SIDE / cols, SIDE / rows];
  for (const [patch, isHidden] of mask.data.entries()) {
    const [x, y] = [(patch % cols) * width, Math.floor(patch / cols) * height];
    context.fillStyle = '#8a8f98';
    if (isHidden) context.fillRect(x, y, width, height);
    context.strokeStyle = 'rgb(128 128 128 / 35%)';
    context.lineWidth = 1;
    context.strokeRect(x, y, width, height);
  }
  if (cursor === null) return;
  context.strokeStyle = '#ff9d2e';
  context.lineWidth = 5;
  context.strokeRect((cursor % cols) * width + 2, Math.floor(cursor / cols) * height + 2, width - 4, height - 4);
}

/** The same with what the model found behind them. */
export function drawFilled(target: HTMLCanvasElement, painting: Painting, { mask, tokens, scores }: FilledMask): void {
  const context = drawSquare(target, painting);
  const [rows, cols] = mask.dims;
  const [width, height] = [SIDE / cols, SIDE / rows];
  for (const [patch, isHidden] of mask.data.entries()) {
    if (!isHidden) continue;
    const [x, y] = [(patch % cols) * width, Math.floor(patch / cols) * height];
    if (painting.codebook)
      context.drawImage(tile(painting.codebook, tokens.data[patch], painting), x, y, width, height);
    else drawNumber(context, tokens.data[patch], scores.data[patch], { x, y, width, height });
  }
}

function tile({ data, channels, size }: Codebook, token: number, { mean, std }: Painting): OffscreenCanvas {
  const pixels = new ImageData(size, size);
  for (let i = 0; i < size * size; i++) {
    for (let c = 0; c < 3; c++) {
      const plane = token * channels + Math.min(c, channels - 1);
      pixels.data[4 * i + c] = 255 * (data[plane * size * size + i] * std[c] + mean[c]);
    }
    pixels.data[4 * i + 3] = 255;
  }
  const canvas = new OffscreenCanvas(size, size);
  canvas.getContext('2d')!.putImageData(pixels, 0, 0);
  return canvas;
}

type Box = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };

/** One color a token, stronger where the model is surer. */
function drawNumber(
  context: CanvasRenderingContext2D,
  token: number,
  score: number,
  { x, y, width, height }: Box,
): void {
  context.fillStyle = `hsl(${(token * 137.5) % 360} 45% ${30 + 20 * score}%)`;
  context.fillRect(x, y, width, height);
  context.fillStyle = '#fff';
  context.font = '11px system-ui';
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillText(String(token), x + width / 2, y + height / 2);
}

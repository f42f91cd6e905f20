import type { RgbPixels } from '../image/pixels.ts';
import type { RandomStream } from '../randomStream.ts';

/** How far the colors of a picture are changed at most. */
export interface ColorJitter {
  /** A factor from 1 − x to 1 + x. Default 0. */
  readonly brightness?: number | undefined;
  /** As `brightness`, of the distance from the mean gray. Default 0. */
  readonly contrast?: number | undefined;
  /** As `brightness`, of the distance from the gray of each pixel. Default 0. */
  readonly saturation?: number | undefined;
  /** A turn of the hue by a share of the circle from −x to x, at most 0.5. Default 0. */
  readonly hue?: number | undefined;
}

/** One number is that of brightness, contrast and saturation. */
export function jitterOf(jitter: number | ColorJitter): ColorJitter {
  return typeof jitter === 'number' ? { brightness: jitter, contrast: jitter, saturation: jitter } : jitter;
}

/** A picture with other colors, by torchvision's formulas for 8-bit tensors; the four changes come in a random order. */
export function jitterColors(picture: RgbPixels, jitter: ColorJitter, random: RandomStream): RgbPixels {
  const { brightness = 0, contrast = 0, saturation = 0, hue = 0 } = jitter;
  const factor = (most: number) => Math.max(0, 1 + most * (2 * random.uniform() - 1));
  const changes = random.shuffled([
    [brightness, adjustBrightness],
    [contrast, adjustContrast],
    [saturation, adjustSaturation],
    [hue, adjustHue],
  ] as const);
  let { data } = picture;
  for (const [most, adjust] of changes) {
    if (most > 0) data = adjust(data, adjust === adjustHue ? most * (2 * random.uniform() - 1) : factor(most));
  }
  return { ...picture, data };
}

const { fround } = Math;

/** factor·x + (1 − factor)·other in f32, cut to 0…255 and towards 0. */
function blend(x: number, other: number, factor: number): number {
  const sum = fround(fround(fround(factor) * x) + fround(fround(1 - factor) * other));
  return Math.trunc(Math.min(255, Math.max(0, sum)));
}

/** ITU-R 601 in f32, cut to 8 bits. */
function grayOf(r: number, g: number, b: number): number {
  const part = (weight: number, x: number) => fround(fround(weight) * x);
  return Math.trunc(fround(fround(part(0.2989, r) + part(0.587, g)) + part(0.114, b)));
}

export function adjustBrightness(data: Uint8Array, factor: number): Uint8Array {
  return data.map((x) => blend(x, 0, factor));
}

export function adjustContrast(data: Uint8Array, factor: number): Uint8Array {
  let sum = 0;
  for (let i = 0; i < data.length; i += 3) sum += grayOf(data[i], data[i + 1], data[i + 2]);
  const mean = fround(sum / (data.length / 3));
  return data.map((x) => blend(x, mean, factor));
}

export function adjustSaturation(data: Uint8Array, factor: number): Uint8Array {
  const out = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i += 3) {
    const gray = grayOf(data[i], data[i + 1], data[i + 2]);
    for (let c = 0; c < 3; c++) out[i + c] = blend(data[i + c], gray, factor);
  }
  return out;
}

/** `turn`: a share of the circle. */
export function adjustHue(data: Uint8Array, turn: number): Uint8Array {
  const out = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i += 3) {
    const [h, s, v] = toHsv(fround(data[i] / 255), fround(data[i + 1] / 255), fround(data[i + 2] / 255));
    const turned = fround(h + fround(turn));
    const rgb = fromHsv(fround(turned - Math.floor(turned)), s, v);
    for (let c = 0; c < 3; c++) out[i + c] = Math.trunc(fround(rgb[c] * fround(255.999)));
  }
  return out;
}

function toHsv(r: number, g: number, b: number): [h: number, s: number, v: number] {
  const [most, least] = [Math.max(r, g, b), Math.min(r, g, b)];
  const range = fround(most - least);
  if (range === 0) return [0, 0, most];
  const [rc, gc, bc] = [r, g, b].map((x) => fround(fround(most - x) / range));
  const sixth = most === r ? fround(bc - gc) : most === g ? fround(fround(2 + rc) - bc) : fround(fround(4 + gc) - rc);
  return [fround(fround(fround(sixth / 6) + 1) % 1), fround(range / most), most];
}

function fromHsv(h: number, s: number, v: number): [r: number, g: number, b: number] {
  const sixths = fround(h * 6);
  const sector = Math.floor(sixths);
  const rest = fround(sixths - sector);
  const share = (x: number) => Math.min(1, Math.max(0, fround(v * fround(1 - x))));
  const [p, q, t] = [share(s), share(fround(s * rest)), share(fround(s * fround(1 - rest)))];
  const sectors: [number, number, number][] = [
    [v, t, p],
    [q, v, p],
    [p, v, t],
    [p, q, v],
    [t, p, v],
    [v, p, q],
  ];
  return sectors[sector % 6];
}

import type { JpegFrame } from '../../../src/image/jpeg/jpegFrame.ts';
import type { JpegTables } from './jpegTables.ts';

/** Writes one row of RGB to `out` at `to` from the rows of the components. */
export type RowPainter = (out: Uint8Array, to: number, rows: readonly Uint8Array[], width: number) => void;

/** Which colors a frame's components are, by the rules of libjpeg, as what paints them. */
export function rowPainter({ components }: JpegFrame, { jfif, adobeTransform }: JpegTables): RowPainter {
  if (components.length === 1) return paintGrey;
  if (components.length === 4) return (adobeTransform ?? 0) === 0 ? paintCmyk : paintYcck;
  if (jfif) return paintYcc;
  const named = String.fromCharCode(...components.map(({ id }) => id)) === 'RGB';
  return (adobeTransform ?? (named ? 0 : 1)) === 0 ? paintRgb : paintYcc;
}

function paintGrey(out: Uint8Array, to: number, [gray]: readonly Uint8Array[], width: number): void {
  for (let x = 0; x < width; x++, to += 3) out[to] = out[to + 1] = out[to + 2] = gray[x];
}

function paintRgb(out: Uint8Array, to: number, [red, green, blue]: readonly Uint8Array[], width: number): void {
  for (let x = 0; x < width; x++, to += 3) {
    out[to] = red[x];
    out[to + 1] = green[x];
    out[to + 2] = blue[x];
  }
}

// JFIF's YCbCr → RGB with 16 fraction bits: R = Y + 1.402 Cr, G = Y − 0.34414 Cb − 0.71414 Cr, B = Y + 1.772 Cb
const HALF = 1 << 15;
const RED_CR = 91881;
const GREEN_CB = 22554;
const GREEN_CR = 46802;
const BLUE_CB = 116130;

function paintYcc(out: Uint8Array, to: number, [luma, blueness, redness]: readonly Uint8Array[], width: number): void {
  for (let x = 0; x < width; x++, to += 3) {
    const y = luma[x];
    const cb = blueness[x] - 128;
    const cr = redness[x] - 128;
    out[to] = clamp(y + ((RED_CR * cr + HALF) >> 16));
    out[to + 1] = clamp(y + ((HALF - GREEN_CB * cb - GREEN_CR * cr) >> 16));
    out[to + 2] = clamp(y + ((BLUE_CB * cb + HALF) >> 16));
  }
}

/** Adobe writes CMYK inverted, 255 for no ink, and Pillow takes every CMYK JPEG to be Adobe's. */
function paintCmyk(
  out: Uint8Array,
  to: number,
  [cyan, magenta, yellow, black]: readonly Uint8Array[],
  width: number,
): void {
  for (let x = 0; x < width; x++, to += 3) {
    out[to] = withBlack(cyan[x], black[x]);
    out[to + 1] = withBlack(magenta[x], black[x]);
    out[to + 2] = withBlack(yellow[x], black[x]);
  }
}

/** YCCK is CMYK whose first three are 255 − RGB, coded as YCbCr. */
function paintYcck(out: Uint8Array, to: number, rows: readonly Uint8Array[], width: number): void {
  paintYcc(out, to, rows, width);
  for (let x = 0; x < width; x++) {
    for (let c = 0; c < 3; c++, to++) out[to] = withBlack(255 - out[to], rows[3][x]);
  }
}

/** What is left of light k behind ink 255 − `light`: k − round(ink · k / 255), as Pillow rounds. */
function withBlack(light: number, k: number): number {
  const product = (255 - light) * k + 128;
  return clamp(k - (((product >> 8) + product) >> 8));
}

function clamp(value: number): number {
  return value < 0 ? 0 : Math.min(value, 255);
}

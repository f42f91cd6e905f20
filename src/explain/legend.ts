import { eachTextPixel, GLYPH } from './glyphs.ts';
import type { Rgb, RgbaPicture } from './overlay.ts';

/** A color with what it marks. */
export interface LegendEntry {
  readonly color: Rgb;
  readonly label: string;
}

/** Of the strip below the picture; unit: pixels. */
const SCALE = 2;
const SWATCH = 16;
const GAP = 8;
const ROW = SWATCH + GAP;
const CHARACTER = SCALE * (GLYPH.width + 1);
const INK: Rgb = [30, 30, 30];

type Drawing = (x: number, y: number, color: Rgb) => void;

/** The picture with a legend below it, in columns as wide as the longest label; longer labels than the picture are cut. */
export function withLegend(picture: RgbaPicture, entries: readonly LegendEntry[]): RgbaPicture {
  const { data, width, height } = picture;
  const labels = entries.map(({ label }) => cutLabel(label, width));
  const longest = labels.reduce((most, { length }) => Math.max(most, length), 0);
  const column = SWATCH + GAP + longest * CHARACTER + 2 * GAP;
  const columns = Math.max(1, Math.floor((width - GAP) / column));
  const rows = Math.ceil(entries.length / columns);
  const out = { data: new Uint8ClampedArray(4 * width * (height + rows * ROW + GAP)).fill(255), width };
  out.data.set(data);
  const draw: Drawing = (x, y, color) => {
    if (x < width) out.data.set(color, 4 * (y * width + x));
  };
  for (const [i, { color }] of entries.entries()) {
    const left = GAP + Math.floor(i / rows) * column;
    const top = height + GAP + (i % rows) * ROW;
    drawSwatch(draw, left, top, color);
    drawText(draw, left + SWATCH + GAP, top + 1, labels[i]);
  }
  return { data: out.data, width, height: height + rows * ROW + GAP };
}

function cutLabel(label: string, width: number): string {
  const most = Math.max(4, Math.floor((width - SWATCH - 3 * GAP) / CHARACTER));
  return label.length <= most ? label : `${label.slice(0, most - 3)}...`;
}

/** A square with an edge, so that light colors show on paper. */
function drawSwatch(draw: Drawing, left: number, top: number, color: Rgb): void {
  for (let y = 0; y < SWATCH; y++) {
    for (let x = 0; x < SWATCH; x++) {
      const isEdge = x === 0 || y === 0 || x === SWATCH - 1 || y === SWATCH - 1;
      draw(left + x, top + y, isEdge ? INK : color);
    }
  }
}

function drawText(draw: Drawing, left: number, top: number, text: string): void {
  eachTextPixel(text, (x, y) => {
    for (let i = 0; i < SCALE * SCALE; i++)
      draw(left + x * SCALE + (i % SCALE), top + y * SCALE + Math.floor(i / SCALE), INK);
  });
}

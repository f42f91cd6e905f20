import type { RgbPixels, SampleGrid } from '../../../src/image/pixels.ts';
import type { PngFile } from '../../../src/image/png/pngFile.ts';
import { GREY, GREY_ALPHA, PALETTE } from '../../../src/image/png/pngHeader.ts';
import { readRows } from './pngRows.ts';
import { sampleReader } from './samples.ts';

/** In plain loops, the reference of the core: the pixels of a PNG as Pillow's `convert("RGB")` gives them: alpha dropped, grey and palettes widened. */
export function decodePng(file: PngFile): RgbPixels {
  const { width, height, colorType, samples } = file.header;
  const data = new Uint8Array(width * height * 3);
  const bytes = new Uint8Array(width * samples);
  const read = sampleReader(file.header);
  const isGrey = colorType === GREY || colorType === GREY_ALPHA;
  const [green, blue] = isGrey ? [0, 0] : [1, 2];
  readRows(file, (line, pass, row) => {
    const from = read(line, bytes.subarray(0, pass.width * samples));
    const step = pass.dx * 3;
    let to = ((pass.y + row * pass.dy) * width + pass.x) * 3;
    if (colorType === PALETTE) return placeColors(data, to, step, from.subarray(0, pass.width), file.palette);
    for (let i = 0, n = pass.width * samples; i < n; i += samples, to += step) {
      data[to] = from[i];
      data[to + 1] = from[i + green];
      data[to + 2] = from[i + blue];
    }
  });
  return { data, width, height, channels: 3 };
}

function placeColors(out: Uint8Array, to: number, step: number, indices: Uint8Array, palette: Uint8Array): void {
  for (const index of indices) {
    out[to] = palette[3 * index];
    out[to + 1] = palette[3 * index + 1];
    out[to + 2] = palette[3 * index + 2];
    to += step;
  }
}

/**
 * The first sample of every pixel as numpy has it from Pillow's picture: grey levels, or the indices of a palette. One bit is
 * 0 or 1, 16 bits stay whole.
 */
export function decodePngSamples(file: PngFile): SampleGrid {
  const { width, height, samples, bitDepth } = file.header;
  const data = new Int32Array(width * height);
  const bytes = new Uint8Array(width * samples);
  const wide = bitDepth === 16;
  const read = sampleReader(bitDepth === 1 ? { ...file.header, colorType: PALETTE } : file.header);
  readRows(file, (line, pass, row) => {
    const from = wide ? line : read(line, bytes.subarray(0, pass.width * samples));
    let to = (pass.y + row * pass.dy) * width + pass.x;
    for (let i = 0, n = pass.width * samples; i < n; i += samples, to += pass.dx) {
      data[to] = wide ? 256 * from[2 * i] + from[2 * i + 1] : from[i];
    }
  });
  return { data, width, height, channels: 1 };
}

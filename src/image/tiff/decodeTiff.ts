import { orient } from '../orient.ts';
import type { RgbPixels } from '../pixels.ts';
import { unpackedBlocks } from './packedBlocks.ts';
import { readRawBlocks } from './rawBlocks.ts';
import { notRead } from './tiffDirectory.ts';
import { openTiff, type TiffFile } from './tiffFile.ts';
import { EXTRA } from './tiffLayout.ts';
import { readYcbcr } from './tiffYcbcr.ts';
import { toRgb } from './toRgb.ts';
import { bytesAt, divided } from './unpack.ts';

/**
 * The first picture of a TIFF, upright, as Pillow's `convert("RGB")` gives it: uncompressed pixels as Pillow reads them
 * itself, others as it reads them with libtiff.
 */
export function decodeTiff(bytes: Uint8Array, maxPixels?: number): RgbPixels {
  const file = openTiff(bytes, maxPixels);
  const { width, height, orientation } = file;
  return orient({ data: rgbOf(file), width, height, channels: 3 }, orientation);
}

function rgbOf(file: TiffFile): Uint8Array {
  const { form, layout, planes } = file;
  if (!form.compressed) return toRgb(readRawBlocks(file), file);
  if (layout.color === 'ycbcr') return readYcbcr(file);
  const channels = layout.color === 'cmyk' ? 4 : Math.min(form.samples, 4);
  return planes && layout.bands > 1 ? readPlanes(file, channels) : toRgb(readRows(file), file);
}

/** Compressed pixels whose channels are side by side; of planes only the first is read: gray, or an index. */
function readRows(file: TiffFile): Uint8Array {
  const { width, height, form, layout, grid, planes } = file;
  const stride = Math.ceil((grid.blockWidth * form.bits * (planes ? 1 : form.samples)) / 8);
  const unpack = planes && form.samples > 1 ? bytesAt([0], 1) : layout.unpack;
  const blocks = unpackedBlocks(file, 1, { stride, bytes: (rows) => rows * stride });
  const out = new Uint8Array(width * height * layout.bands);
  for (const block of blocks) {
    for (let row = 0; row < block.height; row++) {
      const line = block.data.subarray(row * stride, (row + 1) * stride);
      unpack(line, out, ((block.y + row) * width + block.x) * layout.bands, block.width);
    }
  }
  return out;
}

/** Compressed pixels whose channels are planes; of 16 bits the high byte counts. */
function readPlanes(file: TiffFile, channels: number): Uint8Array {
  const { width, height, form, layout, grid } = file;
  const bytes = form.bits / 8;
  if (form.samples !== channels) throw notRead(`${form.samples} planes`);
  const stride = grid.blockWidth * bytes;
  const blocks = unpackedBlocks(file, channels, { stride, bytes: (rows) => rows * stride });
  const out = new Uint8Array(width * height * channels);
  for (const block of blocks) {
    for (let row = 0; row < block.height; row++) {
      let to = ((block.y + row) * width + block.x) * channels + block.plane;
      let from = row * stride + bytes - 1;
      for (let i = 0; i < block.width; i++, to += channels, from += bytes) out[to] = block.data[from];
    }
  }
  if (layout.color === 'cmyk') return toRgb(out, file);
  // libtiff takes a fourth plane that nothing is said of for an alpha that the colors were multiplied with
  const multiplied = form.extra.length === 0 || form.extra[0] === EXTRA.premultiplied;
  return channels === 3 ? out : withoutAlpha(out, multiplied);
}

function withoutAlpha(rgba: Uint8Array, multiplied: boolean): Uint8Array {
  const rgb = new Uint8Array((rgba.length / 4) * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4) {
    for (let c = 0; c < 3; c++) {
      rgb[to++] = multiplied ? divided(rgba[from + c], rgba[from + 3]) : rgba[from + c];
    }
  }
  return rgb;
}

import { PIXELS_AT_ONCE, paintedStripes } from '../paintedStripes.ts';
import { NOTHING_YET, type PictureCore, type Stripe, type StripedPicture } from '../pictureCore.ts';
import { type UnpackedBlock, unpackedBlocks } from './packedBlocks.ts';
import { readRawBlocks } from './rawBlocks.ts';
import { notRead } from './tiffDirectory.ts';
import { openTiff, type TiffFile } from './tiffFile.ts';
import { EXTRA } from './tiffLayout.ts';
import { readYcbcr } from './tiffYcbcr.ts';
import { copyRgb, type PixelPainter, rgbPainter } from './toRgb.ts';
import { bytesAt, divided } from './unpack.ts';

/**
 * The first picture of a TIFF as Pillow's `convert("RGB")` gives it: uncompressed pixels as Pillow reads them itself, others as
 * it reads them with libtiff. With `fill`, rows of uncompressed pixels that the file does not have are 0; of compressed ones
 * Pillow gives nothing then.
 */
export function stripedTiff(bytes: Uint8Array, maxPixels: number | undefined, fill: boolean): StripedPicture {
  const file = openTiff(bytes, maxPixels);
  const { width, height, orientation } = file;
  return { width, height, orientation, stripes: (core) => stripesOf(file, fill, core) };
}

/** Pixels that have been unpacked, and what turns them into RGB. */
interface UnpackedPixels {
  readonly data: Uint8Array; // [height, width, bands]
  readonly bands: number;
  readonly paint: PixelPainter;
}

function* stripesOf(file: TiffFile, fill: boolean, core: PictureCore): Generator<Stripe, void> {
  const { width } = file;
  const { data, bands, paint } = yield* unpackedPixels(file, fill);
  yield* paintedStripes(file, core, (first, count, out) => {
    paint(data.subarray(first * width * bands, (first + count) * width * bands), out);
  });
}

function* unpackedPixels(file: TiffFile, fill: boolean): Generator<Stripe, UnpackedPixels> {
  const { form, layout, planes } = file;
  const { bands } = layout;
  if (!form.compressed) return { data: yield* readRawBlocks(file, fill), bands, paint: rgbPainter(file) };
  if (layout.color === 'ycbcr') return { data: yield* readYcbcr(file), bands: 3, paint: copyRgb };
  if (planes && bands > 1) return yield* readPlanes(file, layout.color === 'cmyk' ? 4 : Math.min(form.samples, 4));
  return { data: yield* readRows(file), bands, paint: rgbPainter(file) };
}

/** Compressed pixels whose channels are side by side; of planes only the first is read: gray, or an index. */
function* readRows(file: TiffFile): Generator<Stripe, Uint8Array> {
  const { width, height, form, layout, grid, planes } = file;
  const stride = Math.ceil((grid.blockWidth * form.bits * (planes ? 1 : form.samples)) / 8);
  const unpack = planes && form.samples > 1 ? bytesAt([0], 1) : layout.unpack;
  const blocks = unpackedBlocks(file, 1, { stride, bytes: (rows) => rows * stride });
  const out = new Uint8Array(width * height * layout.bands);
  yield* eachRow(blocks, (block, row) => {
    const line = block.data.subarray(row * stride, (row + 1) * stride);
    unpack(line, out, ((block.y + row) * width + block.x) * layout.bands, block.width);
  });
  return out;
}

/** Compressed pixels whose channels are planes; of 16 bits the high byte counts. */
function* readPlanes(file: TiffFile, channels: number): Generator<Stripe, UnpackedPixels> {
  const { width, height, form, layout, grid } = file;
  const bytes = form.bits / 8;
  if (form.samples !== channels) throw notRead(`${form.samples} planes`);
  const stride = grid.blockWidth * bytes;
  const blocks = unpackedBlocks(file, channels, { stride, bytes: (rows) => rows * stride });
  const data = new Uint8Array(width * height * channels);
  yield* eachRow(blocks, (block, row) => {
    let to = ((block.y + row) * width + block.x) * channels + block.plane;
    let from = row * stride + bytes - 1;
    for (let i = 0; i < block.width; i++, to += channels, from += bytes) data[to] = block.data[from];
  });
  if (layout.color === 'cmyk') return { data, bands: channels, paint: rgbPainter(file) };
  // libtiff takes a fourth plane that nothing is said of for an alpha that the colors were multiplied with
  const multiplied = form.extra.length === 0 || form.extra[0] === EXTRA.premultiplied;
  return { data, bands: channels, paint: channels === 3 ? copyRgb : withoutAlpha(multiplied) };
}

function* eachRow(
  blocks: Iterable<UnpackedBlock | undefined>,
  read: (block: UnpackedBlock, row: number) => void,
): Generator<Stripe, void> {
  for (const block of blocks) {
    yield NOTHING_YET;
    if (!block) continue;
    const rowsAtOnce = Math.ceil(PIXELS_AT_ONCE / block.width);
    for (let row = 0; row < block.height; row++) {
      read(block, row);
      if (row % rowsAtOnce === 0) yield NOTHING_YET;
    }
  }
}

function withoutAlpha(multiplied: boolean): PixelPainter {
  return (rgba, out) => {
    for (let from = 0, to = 0; from < rgba.length; from += 4) {
      for (let c = 0; c < 3; c++) {
        out[to++] = multiplied ? divided(rgba[from + c], rgba[from + 3]) : rgba[from + c];
      }
    }
  };
}

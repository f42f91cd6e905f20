import { check } from '../../errors.ts';
import { xmpOrientation } from '../exif.ts';
import { checkPixelCount } from '../pixels.ts';
import { notRead, TAG, TiffDirectory } from './tiffDirectory.ts';
import { FORMAT, type Layout, layoutOf, PHOTOMETRIC, type PixelForm } from './tiffLayout.ts';

export const TIFF_COMPRESSION = { none: 1, lzw: 5, deflate: 8, packBits: 32773, oldDeflate: 32946 } as const;

/** Compressions that Pillow reads, or names, and we only name. */
const OTHER_COMPRESSIONS: Readonly<Record<number, string>> = {
  2: 'CCITT fax coding (modified Huffman)',
  3: 'CCITT fax coding (group 3)',
  4: 'CCITT fax coding (group 4)',
  6: 'JPEG of the old kind',
  7: 'JPEG inside a TIFF',
  34676: 'SGI LogLuv coding',
  34677: 'SGI LogLuv coding',
  34925: 'LZMA',
  50000: 'Zstandard',
  50001: 'WebP inside a TIFF',
};
const SEPARATE = 2;
const REVERSED_BITS = 2;

/** The picture as a grid of strips or tiles; in the file they come row by row, plane after plane. */
export interface BlockGrid {
  readonly tiled: boolean;
  readonly blockWidth: number;
  readonly blockHeight: number;
  readonly across: number;
  readonly down: number;
}

/** A TIFF whose first directory has been checked, its pixels not yet decoded. */
export interface TiffFile {
  readonly bytes: Uint8Array;
  readonly directory: TiffDirectory;
  readonly width: number;
  readonly height: number;
  readonly compression: number;
  readonly planes: boolean; // each channel is stored by itself
  readonly form: PixelForm;
  readonly layout: Layout;
  readonly grid: BlockGrid;
  readonly offsets: readonly number[]; // of the blocks
  readonly orientation: number; // 1…8, as EXIF counts
}

/** Reads the first directory of a TIFF, and rejects what is too large or inconsistent. */
export function openTiff(bytes: Uint8Array, maxPixels?: number): TiffFile {
  const directory = new TiffDirectory(bytes);
  const [width, height] = [TAG.width, TAG.height].map((tag) => directory.integer(tag, 0));
  checkPixelCount('decode TIFF', width, height, maxPixels);
  const compression = directory.integer(TAG.compression, TIFF_COMPRESSION.none);
  const known = (Object.values(TIFF_COMPRESSION) as number[]).includes(compression);
  if (!known) throw notRead(OTHER_COMPRESSIONS[compression] ?? `compression ${compression}`);
  const planes = directory.integer(TAG.planarConfiguration, 1) === SEPARATE;
  const form = pixelForm(directory, planes, compression !== TIFF_COMPRESSION.none);
  const layout = layoutOf(form, planes);
  const grid = blockGrid(directory, width, height, form.compressed);
  const offsets = directory.integers(grid.tiled ? TAG.tileOffsets : TAG.stripOffsets);
  check(offsets.length > 0, 'InvalidImage', 'Cannot decode TIFF: it does not say where its pixels are');
  const orientation = orientationOf(directory);
  return { bytes, directory, width, height, compression, planes, form, layout, grid, offsets, orientation };
}

/** As Pillow reads it: one number of bits may count for all samples, and in planes samples without a meaning are left out. */
function pixelForm(directory: TiffDirectory, planes: boolean, compressed: boolean): PixelForm {
  const given = directory.integers(TAG.extraSamples);
  const dropped = planes && given.every((kind) => kind === 0) ? given.length : 0;
  const samples = directory.integer(TAG.samplesPerPixel, 1) - dropped;
  const all = directory.integers(TAG.bitsPerSample, [1]);
  const bits = all.slice(0, Math.max(0, all.length - dropped));
  const fits = samples >= 1 && samples <= 6 && (bits.length >= samples || bits.length === 1);
  check(
    fits,
    'InvalidImage',
    () => `Cannot decode TIFF: ${samples} samples a pixel with ${bits.length} numbers of bits`,
  );
  const used = bits.slice(0, samples);
  if (used.some((count) => count !== used[0])) throw notRead(`samples of ${used.join(', ')} bits`);
  const formats = directory.integers(TAG.sampleFormat, [FORMAT.unsigned]);
  const sameFormat = formats.every((format) => format === formats[0]);
  return {
    littleEndian: directory.littleEndian,
    photometric: directory.integer(TAG.photometric, PHOTOMETRIC.whiteIsZero),
    sampleFormat: sameFormat ? formats[0] : Number.NaN,
    bits: used[0],
    samples,
    extra: dropped > 0 ? [] : given,
    bitsReversed: directory.integer(TAG.fillOrder, 1) === REVERSED_BITS,
    compressed,
  };
}

/** Pillow takes uncompressed pixels for strips where there are strips, libtiff takes compressed ones for tiles where there are tiles. */
function blockGrid(directory: TiffDirectory, width: number, height: number, compressed: boolean): BlockGrid {
  const tiled = compressed ? directory.has(TAG.tileWidth) : !directory.has(TAG.stripOffsets);
  const blockWidth = tiled ? directory.integer(TAG.tileWidth, 0) : width;
  const rows = tiled ? directory.integer(TAG.tileHeight, 0) : directory.integer(TAG.rowsPerStrip, height);
  check(blockWidth > 0 && rows > 0, 'InvalidImage', () => {
    return `Cannot decode TIFF: its ${tiled ? 'tiles' : 'strips'} have ${blockWidth} × ${rows} pixels`;
  });
  const blockHeight = tiled ? rows : Math.min(rows, height);
  const [across, down] = [Math.ceil(width / blockWidth), Math.ceil(height / blockHeight)];
  return { tiled, blockWidth, blockHeight, across, down };
}

function orientationOf(directory: TiffDirectory): number {
  if (directory.has(TAG.orientation)) return directory.integer(TAG.orientation, 1);
  return xmpOrientation(directory.bytes(TAG.xmp)) ?? 1;
}

import { notRead } from './tiffDirectory.ts';
import { bytesAt, numbers, packed, premultiplied, twelveBits, type Unpack, unsigned16 } from './unpack.ts';

export const PHOTOMETRIC = {
  whiteIsZero: 0,
  blackIsZero: 1,
  rgb: 2,
  palette: 3,
  cmyk: 5,
  ycbcr: 6,
  lab: 8,
} as const;
export const FORMAT = { unsigned: 1, signed: 2, float: 3 } as const;
export const EXTRA = { unspecified: 0, premultiplied: 1, alpha: 2, corelDraw: 999 } as const;

/** What the tags say of a pixel. */
export interface PixelForm {
  readonly littleEndian: boolean;
  readonly photometric: number;
  readonly sampleFormat: number;
  readonly bits: number; // of each sample
  readonly samples: number;
  readonly extra: readonly number[]; // what the samples behind the colors are
  readonly bitsReversed: boolean; // in every byte of the file
  readonly compressed: boolean; // then samples come with their bits in order, those of 16 bits little-endian
}

/** How Pillow reads such pixels. */
export interface Layout {
  readonly color: 'gray' | 'palette' | 'rgb' | 'cmyk' | 'ycbcr';
  readonly bands: number; // bytes of a pixel once it is unpacked: 1, 3 or 4
  readonly unpack: Unpack;
}

/** @throws `UnsupportedFormat` for forms that Pillow does not read either, and for CIELAB, which it converts by color profiles */
export function layoutOf(form: PixelForm, planes: boolean): Layout {
  const { photometric, samples, sampleFormat, bits, extra } = form;
  if (photometric === PHOTOMETRIC.lab) throw notRead('CIELAB');
  const layout = LAYOUTS[photometric]?.(form, planes);
  const told = `${samples} samples of ${bits} bits with photometric ${photometric}, format ${sampleFormat}`;
  if (!layout) throw notRead(extra.length > 0 ? `${told} and extra samples ${extra}` : told);
  return layout;
}

const LAYOUTS: Readonly<Record<number, (form: PixelForm, planes: boolean) => Layout | undefined>> = {
  [PHOTOMETRIC.whiteIsZero]: grayLayout,
  [PHOTOMETRIC.blackIsZero]: grayLayout,
  [PHOTOMETRIC.rgb]: rgbLayout,
  [PHOTOMETRIC.palette]: paletteLayout,
  [PHOTOMETRIC.cmyk]: cmykLayout,
  [PHOTOMETRIC.ycbcr]: ycbcrLayout,
};

function grayLayout(form: PixelForm, planes: boolean): Layout | undefined {
  const { photometric, samples, bits, sampleFormat, bitsReversed, compressed } = form;
  const inverted = photometric === PHOTOMETRIC.whiteIsZero;
  if (samples === 2) return inverted ? undefined : pairLayout(form, 'gray');
  if (samples !== 1 || form.extra.length > 0) return undefined;
  const signed8 = sampleFormat === FORMAT.signed && bits === 8 && !inverted && !bitsReversed;
  const isPacked = [1, 2, 4, 8].includes(bits) && (sampleFormat === FORMAT.unsigned || signed8);
  // Pillow has no reader for 8 bits that are inverted and reversed, and forgets that they are where there are planes
  if (isPacked && bits === 8 && inverted && bitsReversed && !compressed && !planes) return undefined;
  const reversed = bitsReversed && !compressed;
  const unpack = isPacked ? packed(bits, { inverted, stretched: true, reversed }) : wideSamples(form, inverted);
  return unpack && { color: 'gray', bands: 1, unpack };
}

/** 12, 16 and 32 bits: on the way to RGB Pillow clips them to 0…255. */
function wideSamples(form: PixelForm, inverted: boolean): Unpack | undefined {
  const { littleEndian, bits, sampleFormat, bitsReversed, compressed } = form;
  const unsigned = sampleFormat === FORMAT.unsigned;
  if (bits === 12) return unsigned && littleEndian && !inverted && !bitsReversed ? twelveBits : undefined;
  if (bits === 16 && unsigned) {
    const known = littleEndian ? !(inverted && bitsReversed) : !inverted && !bitsReversed;
    return known ? unsigned16(littleEndian || compressed, bitsReversed && !compressed) : undefined;
  }
  if (bitsReversed) return undefined;
  // the bytes of these Pillow swaps a second time where a big-endian file is compressed
  if (bits === 32 && sampleFormat === FORMAT.float) return numbers('getFloat32', littleEndian);
  if (inverted) return undefined;
  if (bits === 16 && sampleFormat === FORMAT.signed) return numbers('getInt16', littleEndian);
  const is32 = bits === 32 && (sampleFormat === FORMAT.signed || (unsigned && littleEndian));
  return is32 ? numbers('getInt32', littleEndian) : undefined;
}

/** A sample and one more, which is not used; one with which the color is premultiplied Pillow cannot turn into RGB. */
function pairLayout(
  { bits, sampleFormat, extra, bitsReversed }: PixelForm,
  color: 'gray' | 'palette',
): Layout | undefined {
  const kind = extra.length === 1 && (extra[0] === EXTRA.unspecified || extra[0] === EXTRA.alpha);
  const known = kind && bits === 8 && sampleFormat === FORMAT.unsigned && !bitsReversed;
  return known ? { color, bands: 1, unpack: bytesAt([0], 2) } : undefined;
}

function paletteLayout(form: PixelForm): Layout | undefined {
  const { samples, bits, sampleFormat, extra, bitsReversed, compressed } = form;
  if (samples === 2) return pairLayout(form, 'palette');
  if (samples !== 1 || extra.length > 0 || sampleFormat !== FORMAT.unsigned) return undefined;
  const reversed = bitsReversed && !compressed;
  // Pillow has no reader for fewer bits that are reversed
  if (![1, 2, 4, 8].includes(bits) || (reversed && bits < 8)) return undefined;
  return { color: 'palette', bands: 1, unpack: packed(bits, { inverted: false, stretched: false, reversed }) };
}

/** Of samples of 16 bits the high byte counts. */
function placesOf(count: number, { bits, littleEndian, compressed }: PixelForm): number[] {
  const bytes = bits / 8;
  const high = bytes === 2 && (littleEndian || compressed) ? 1 : 0;
  return Array.from({ length: count }, (_, i) => i * bytes + high);
}

function rgbLayout(form: PixelForm): Layout | undefined {
  const { samples, bits, sampleFormat, extra, bitsReversed, compressed } = form;
  if (sampleFormat !== FORMAT.unsigned || (bits !== 8 && bits !== 16)) return undefined;
  const plain = extra.length === 0 && samples === 3;
  if (bitsReversed && !(plain && bits === 8)) return undefined;
  if (!plain && !(extra.length === 0 && samples === 4) && !isKnownExtra(form)) return undefined;
  const size = (samples * bits) / 8;
  const unpack =
    extra[0] === EXTRA.premultiplied
      ? premultiplied(placesOf(4, form), size)
      : bytesAt(placesOf(3, form), size, bitsReversed && !compressed);
  return { color: 'rgb', bands: 3, unpack };
}

/** One sample of a known kind behind the colors; with 8 bits up to two more, which nothing is said of. */
function isKnownExtra({ samples, bits, extra }: PixelForm): boolean {
  if (samples !== 3 + extra.length || extra.length > (bits === 8 ? 3 : 1)) return false;
  if (extra.slice(1).some((kind) => kind !== EXTRA.unspecified)) return false;
  return extra[0] <= EXTRA.alpha || (extra[0] === EXTRA.corelDraw && extra.length === 1 && bits === 8);
}

function cmykLayout(form: PixelForm): Layout | undefined {
  const { samples, bits, sampleFormat, extra, bitsReversed } = form;
  const known = (bits === 8 && extra.length <= 2) || (bits === 16 && extra.length === 0);
  const plain = sampleFormat === FORMAT.unsigned && !bitsReversed && extra.every((kind) => kind === EXTRA.unspecified);
  if (!known || !plain || samples !== 4 + extra.length) return undefined;
  return { color: 'cmyk', bands: 4, unpack: bytesAt(placesOf(4, form), (samples * bits) / 8) };
}

function ycbcrLayout({ samples, bits, sampleFormat, extra, bitsReversed }: PixelForm): Layout | undefined {
  if (bits !== 8 || sampleFormat !== FORMAT.unsigned || extra.length > 0 || bitsReversed) return undefined;
  if (samples === 1) return { color: 'gray', bands: 1, unpack: bytesAt([0], 1) };
  return samples === 3 ? { color: 'ycbcr', bands: 3, unpack: bytesAt([0, 1, 2], 3) } : undefined;
}

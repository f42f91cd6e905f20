import { BeitError, check } from '../../errors.ts';
import type { PngChunk } from './pngChunks.ts';

/** Color types of the PNG standard. */
export const GREY = 0;
export const RGB = 2;
export const PALETTE = 3;
export const GREY_ALPHA = 4;
export const RGBA = 6;

/** Per color type: samples a pixel and the bit depths allowed. */
const COLOR_TYPES: Readonly<Record<number, { samples: number; depths: readonly number[] }>> = {
  [GREY]: { samples: 1, depths: [1, 2, 4, 8, 16] },
  [RGB]: { samples: 3, depths: [8, 16] },
  [PALETTE]: { samples: 1, depths: [1, 2, 4, 8] },
  [GREY_ALPHA]: { samples: 2, depths: [8, 16] },
  [RGBA]: { samples: 4, depths: [8, 16] },
};

/** What IHDR says. */
export interface PngHeader {
  readonly width: number;
  readonly height: number;
  readonly bitDepth: number;
  readonly colorType: number;
  readonly samples: number; // a pixel
  readonly interlaced: boolean;
}

/** Reads IHDR, rejecting every combination that the standard does not have. */
export function readPngHeader({ type, data }: PngChunk): PngHeader {
  const isHeader = type === 'IHDR' && data.length >= 13;
  check(isHeader, 'InvalidImage', () => `Cannot decode PNG: expected IHDR of 13 bytes, got ${type} of ${data.length}`);
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const [bitDepth, colorType, , filter, interlace] = data.subarray(8);
  const format = COLOR_TYPES[colorType];
  if (!format?.depths.includes(bitDepth))
    refuse(`color type ${colorType} with ${bitDepth} bits a sample does not exist`);
  // Pillow does not look at the compression method, and takes every interlace method but 0 to be Adam7
  if (filter !== 0) refuse(`filter method ${filter} does not exist`);
  const size = { width: view.getUint32(0), height: view.getUint32(4) };
  return { ...size, bitDepth, colorType, samples: format.samples, interlaced: interlace !== 0 };
}

function refuse(why: string): never {
  throw new BeitError('InvalidImage', `Cannot decode PNG: ${why}`);
}

import { decode } from 'jpeg-js';
import { BeitError } from '../../errors.ts';
import type { RgbPixels } from '../pixels.ts';
import type { JpegFile } from './jpegFile.ts';

/** The pixels of a JPEG; the file's header has been checked. */
export function decodeJpeg({ bytes, frame }: JpegFile): RgbPixels {
  try {
    const options = {
      useTArray: true,
      formatAsRGBA: false,
      tolerantDecoding: false,
      maxMemoryUsageInMB: 4096,
    } as const;
    const { data, width, height } = decode(bytes, {
      ...options,
      maxResolutionInMP: (frame.width * frame.height) / 1e6 + 1,
    });
    return { data, width, height, channels: 3 };
  } catch (cause) {
    throw new BeitError('InvalidImage', `Cannot decode JPEG: ${(cause as Error).message}`, { cause });
  }
}

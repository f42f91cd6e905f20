import { Unzlib } from 'fflate';
import { BeitError, check } from '../../../src/errors.ts';
import type { PngFile } from '../../../src/image/png/pngFile.ts';
import { type RowSink, Scanlines } from './scanlines.ts';

/** Compressed bytes inflated in one go. */
const PIECE = 1 << 14;

/** Inflates the rows of a PNG into `sink`, piece by piece; no buffer of the size of the picture is needed. */
export function readRows({ header, data }: PngFile, sink: RowSink): void {
  const scanlines = new Scanlines(header, sink);
  const inflater = new Unzlib((bytes) => scanlines.push(bytes));
  try {
    for (const chunk of data) {
      for (let at = 0; at < chunk.length && !scanlines.done; at += PIECE) inflater.push(chunk.subarray(at, at + PIECE));
    }
    if (!scanlines.done) inflater.push(new Uint8Array(0), true);
  } catch (cause) {
    if (cause instanceof BeitError) throw cause;
    throw new BeitError('InvalidImage', 'Cannot decode PNG: its compressed data are broken', { cause });
  }
  check(scanlines.done, 'InvalidImage', 'Cannot decode PNG: its data end before its last row');
}

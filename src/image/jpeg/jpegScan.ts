import { BeitError, check } from '../../errors.ts';
import type { JpegFrame } from './jpegFrame.ts';
import type { JpegSegment } from './jpegSegments.ts';

/** What a scan's header says. */
export interface JpegScan {
  readonly parts: readonly ScanPart[];
  readonly spectrum: Spectrum;
  readonly data: number; // where its entropy-coded data begin in the file
}

/** A component's part in a scan: its index in the frame, and the slots of its Huffman tables. */
export interface ScanPart {
  readonly component: number;
  readonly dc: number;
  readonly ac: number;
}

/** Coefficients `from` to `to` in the order of the file, without their `low` lowest bits. */
export interface Spectrum {
  readonly from: number;
  readonly to: number;
  readonly high: number; // the bits that earlier scans left out, 0 in a first scan
  readonly low: number;
}

/** The standard's limit for the blocks of one MCU. */
const MOST_BLOCKS = 10;

/** Reads the header of a scan. @throws `InvalidImage` for one that libjpeg does not read */
export function readScanHeader({ data, next }: JpegSegment, frame: JpegFrame): JpegScan {
  const count = data[0];
  if (count < 1 || count > 4 || data.length !== 4 + 2 * count) refuse(`of ${count} components`);
  const parts = readParts(data.subarray(1), count, frame);
  const blocks = parts.reduce((sum, part) => {
    const { h, v } = frame.components[part.component];
    return sum + h * v;
  }, 0);
  if (count > 1 && blocks > MOST_BLOCKS) refuse(`with ${blocks} blocks in an MCU`);
  const sequential = { from: 0, to: 63, high: 0, low: 0 };
  const spectrum = frame.progressive ? readSpectrum(data.subarray(1 + 2 * count), count) : sequential;
  return { parts, spectrum, data: next };
}

/** Components go by their ids; of two that have one id, each is taken once, in the order that libjpeg finds them. */
function readParts(data: Uint8Array, count: number, { components }: JpegFrame): ScanPart[] {
  const parts: ScanPart[] = [];
  for (let i = 0; i < count; i++) {
    const [id, slots] = data.subarray(2 * i);
    const component = components.findIndex((c, index) => c.id === id && index >= parts.length);
    if (component < 0 || parts.some((part) => part.component === component)) refuse(`of component ${id}`);
    parts.push({ component, dc: slots >> 4, ac: slots & 15 });
  }
  return parts;
}

function readSpectrum([from, to, bits]: Uint8Array, count: number): Spectrum {
  const [high, low] = [bits >> 4, bits & 15];
  const band = from === 0 ? to === 0 : from <= to && to < 64 && count === 1;
  check(band && low <= 13 && (high === 0 || high === low + 1), 'InvalidImage', () => {
    return `Cannot decode JPEG: a scan of coefficients ${from} to ${to}, bits ${high} to ${low} cannot be`;
  });
  return { from, to, high, low };
}

function refuse(what: string): never {
  throw new BeitError('InvalidImage', `Cannot decode JPEG: a scan ${what} cannot be`);
}

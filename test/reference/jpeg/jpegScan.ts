import { BeitError } from '../../../src/errors.ts';
import { type JpegSegment, MARKER, nextSegment } from '../../../src/image/jpeg/jpegSegments.ts';
import { BitReader } from './bitReader.ts';
import { blockDecoder, type ScanState, type Spectrum } from './blockDecoders.ts';
import { HuffmanTable } from './huffmanTable.ts';
import { type JpegPlane, type JpegPlanes, placeBlock } from './jpegPlanes.ts';
import { type JpegTables, tableOf } from './jpegTables.ts';

const NO_TABLE = new HuffmanTable(new Uint8Array(16), new Uint8Array(0));

/** The standard's limit for the blocks of one MCU. */
const MOST_BLOCKS = 10;

/** A component's part in a scan. */
interface Part {
  readonly plane: JpegPlane;
  readonly dc: HuffmanTable;
  readonly ac: HuffmanTable;
}

/** Reads one scan, whose header is `segment`; returns where the file goes on. */
export function readScan(bytes: Uint8Array, segment: JpegSegment, frame: JpegPlanes, tables: JpegTables): number {
  const { progressive } = frame.frame;
  const count = segment.data[0];
  if (count < 1 || count > 4 || segment.data.length < 4 + 2 * count) refuse(`of ${count} components`);
  const spectrum = progressive
    ? readSpectrum(segment.data.subarray(1 + 2 * count), count)
    : { from: 0, to: 63, high: 0, low: 0 };
  const parts = Array.from({ length: count }, (_, i) => {
    const [id, slots] = segment.data.subarray(1 + 2 * i);
    return readPart(frame, tables, id, slots, spectrum);
  });
  if (new Set(parts.map((part) => part.plane)).size < count) refuse('that has a component twice');
  const state: ScanState = { reader: new BitReader(bytes, segment.next), spectrum, endOfBandRun: 0 };
  const walk = count === 1 ? walkBlocks(parts[0]) : walkMcus(parts, frame);
  decodeUnits(bytes, state, parts, walk, tables.restartInterval, progressive);
  return state.reader.position;
}

function readSpectrum([from, to, bits]: Uint8Array, count: number): Spectrum {
  const [high, low] = [bits >> 4, bits & 15];
  const band = from === 0 ? to === 0 : from <= to && to < 64 && count === 1;
  const precision = low <= 13 && (high === 0 || high === low + 1);
  if (!band || !precision) refuse(`of coefficients ${from} to ${to}, bits ${high} to ${low}`);
  return { from, to, high, low };
}

function readPart(
  { planes, frame }: JpegPlanes,
  tables: JpegTables,
  id: number,
  slots: number,
  spectrum: Spectrum,
): Part {
  const plane = planes.find(({ component }) => component.id === id);
  if (!plane) return refuse(`of component ${id}`);
  if (plane.quantization && !frame.progressive) refuse('that repeats a component');
  plane.quantization ??= tableOf(tables.quantization, plane.component.table, 'quantization');
  const needsDc = spectrum.from === 0 && spectrum.high === 0;
  const needsAc = !frame.progressive || spectrum.from > 0;
  const dc = needsDc ? tableOf(tables.dc, slots >> 4, 'DC Huffman') : NO_TABLE;
  const ac = needsAc ? tableOf(tables.ac, slots & 15, 'AC Huffman') : NO_TABLE;
  return { plane, dc, ac };
}

/** The units of a scan in order: which blocks (x, y) of which part lie in unit (column, row). */
interface Walk {
  readonly columns: number;
  readonly rows: number;
  readonly blocks: readonly { part: number; dx: number; dy: number; stepX: number; stepY: number }[];
}

/** A scan of one component goes over its own blocks, without the padding to whole MCUs. */
function walkBlocks({ plane }: Part): Walk {
  const blocks = [{ part: 0, dx: 0, dy: 0, stepX: 1, stepY: 1 }];
  return { columns: Math.ceil(plane.width / 8), rows: Math.ceil(plane.height / 8), blocks };
}

/** A scan of several goes over MCUs, each with h × v blocks of every component. */
function walkMcus(parts: readonly Part[], { mcusX, mcusY }: JpegPlanes): Walk {
  const blocks = parts.flatMap(({ plane }, part) => {
    const { h, v } = plane.component;
    return Array.from({ length: h * v }, (_, i) => ({ part, dx: i % h, dy: Math.floor(i / h), stepX: h, stepY: v }));
  });
  if (blocks.length > MOST_BLOCKS) refuse(`with ${blocks.length} blocks in an MCU`);
  return { columns: mcusX, rows: mcusY, blocks };
}

function decodeUnits(
  bytes: Uint8Array,
  state: ScanState,
  parts: readonly Part[],
  { columns, rows, blocks }: Walk,
  restartInterval: number,
  progressive: boolean,
): void {
  const decode = blockDecoder(progressive, state.spectrum);
  const scratch = new Int32Array(64);
  const total = columns * rows;
  resetPredictions(parts);
  for (let unit = 0, restarts = 0; unit < total; unit++) {
    if (restartInterval > 0 && unit > 0 && unit % restartInterval === 0) {
      restart(bytes, state, restarts++ & 7);
      resetPredictions(parts);
    }
    const column = unit % columns;
    const row = (unit - column) / columns;
    // what the data do not reach stays as it is: zero, mid-gray
    const missing = state.reader.exhausted;
    if (missing && progressive) continue;
    for (const { part, dx, dy, stepX, stepY } of blocks) {
      const { plane, dc, ac } = parts[part];
      const x = column * stepX + dx;
      const y = row * stepY + dy;
      const at = progressive ? (y * plane.blocksX + x) * 64 : 0;
      if (missing) plane.coefficients.fill(0);
      else decode(state, plane, at, dc, ac);
      if (!progressive) placeBlock(plane, x, y, at, scratch);
    }
  }
}

function resetPredictions(parts: readonly Part[]): void {
  for (const { plane } of parts) plane.prediction = 0;
}

/**
 * Goes on behind restart marker number `expected`. When another marker is there, this does as libjpeg does: one of the
 * two to come, or no restart marker, is left for later and the data count as missing; one of the two before is skipped.
 */
function restart(bytes: Uint8Array, state: ScanState, expected: number): void {
  state.endOfBandRun = 0;
  let from = state.reader.position;
  for (;;) {
    const { marker, at, next } = nextSegment(bytes, from);
    const ahead = (marker - MARKER.restart - expected) & 7;
    const isRestart = marker >= MARKER.restart && marker < MARKER.start;
    const isLater = !isRestart || ahead === 1 || ahead === 2;
    from = isLater ? at : next;
    if (isLater || ahead < 6) break;
  }
  state.reader.restart(from);
}

function refuse(what: string): never {
  throw new BeitError('InvalidImage', `Cannot decode JPEG: a scan ${what} cannot be`);
}

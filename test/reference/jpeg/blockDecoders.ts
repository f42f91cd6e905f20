import type { BitReader } from './bitReader.ts';
import type { HuffmanTable } from './huffmanTable.ts';
import type { JpegPlane } from './jpegPlanes.ts';
import { ZIGZAG } from './jpegTables.ts';

/** What a scan is about: coefficients `from` to `to` in the order of the file, without their `low` lowest bits. */
export interface Spectrum {
  readonly from: number;
  readonly to: number;
  readonly high: number; // the bits that earlier scans left out, 0 in a first scan
  readonly low: number;
}

/** The state that block decoders share within a scan. */
export interface ScanState {
  readonly reader: BitReader;
  readonly spectrum: Spectrum;
  endOfBandRun: number; // blocks still to come that have nothing (more) in this scan
}

/** Reads a scan's share of one block into `plane.coefficients` from `at` on. */
export type BlockDecoder = (state: ScanState, plane: JpegPlane, at: number, dc: HuffmanTable, ac: HuffmanTable) => void;

/** The decoder that a scan of this kind needs. */
export function blockDecoder(progressive: boolean, { from, high }: Spectrum): BlockDecoder {
  if (!progressive) return sequential;
  if (from === 0) return high === 0 ? dcFirst : dcRefine;
  return high === 0 ? acFirst : acRefine;
}

function sequential({ reader }: ScanState, plane: JpegPlane, at: number, dc: HuffmanTable, ac: HuffmanTable): void {
  const { coefficients } = plane;
  coefficients.fill(0, at, at + 64);
  plane.prediction += reader.signed(dc.read(reader) & 15);
  coefficients[at] = plane.prediction;
  for (let k = 1; k < 64; k++) {
    const symbol = ac.read(reader);
    const size = symbol & 15;
    if (size === 0 && symbol !== 0xf0) return; // end of block
    k += symbol >> 4;
    if (size > 0) coefficients[at + ZIGZAG[k]] = reader.signed(size);
  }
}

function dcFirst({ reader, spectrum }: ScanState, plane: JpegPlane, at: number, dc: HuffmanTable): void {
  plane.prediction += reader.signed(dc.read(reader) & 15);
  plane.coefficients[at] = plane.prediction << spectrum.low;
}

function dcRefine({ reader, spectrum }: ScanState, { coefficients }: JpegPlane, at: number): void {
  if (reader.bit()) coefficients[at] |= 1 << spectrum.low;
}

function acFirst(state: ScanState, { coefficients }: JpegPlane, at: number, _: HuffmanTable, ac: HuffmanTable): void {
  const { reader, spectrum } = state;
  if (state.endOfBandRun > 0) {
    state.endOfBandRun--;
    return;
  }
  for (let k = spectrum.from; k <= spectrum.to; k++) {
    const symbol = ac.read(reader);
    const run = symbol >> 4;
    const size = symbol & 15;
    if (size === 0 && run < 15) {
      state.endOfBandRun = (1 << run) - 1 + reader.bits(run);
      return;
    }
    k += run;
    if (size > 0) coefficients[at + ZIGZAG[k]] = reader.signed(size) << spectrum.low;
  }
}

function acRefine(state: ScanState, { coefficients }: JpegPlane, at: number, _: HuffmanTable, ac: HuffmanTable): void {
  const { reader, spectrum } = state;
  const bit = 1 << spectrum.low;
  let k = spectrum.from;
  while (state.endOfBandRun === 0 && k <= spectrum.to) {
    const symbol = ac.read(reader);
    const run = symbol >> 4;
    const isNew = (symbol & 15) !== 0;
    if (!isNew && run < 15) {
      state.endOfBandRun = (1 << run) + reader.bits(run);
      break;
    }
    const value = isNew ? (reader.bit() ? bit : -bit) : 0;
    k = refine(reader, coefficients, at, k, spectrum, run);
    if (isNew) coefficients[at + ZIGZAG[k]] = value;
    k++;
  }
  if (state.endOfBandRun === 0) return;
  refine(reader, coefficients, at, k, spectrum, 64);
  state.endOfBandRun--;
}

/** Reads the next bit of every coefficient that is not zero, until `zeros` zeros are passed and the next is found. */
function refine(
  reader: BitReader,
  coefficients: Int16Array,
  at: number,
  k: number,
  { to, low }: Spectrum,
  zeros: number,
): number {
  const bit = 1 << low;
  for (; k <= to; k++) {
    const i = at + ZIGZAG[k];
    if (coefficients[i] === 0) {
      if (zeros-- === 0) return k;
    } else if (reader.bit() && (coefficients[i] & bit) === 0) {
      coefficients[i] += coefficients[i] > 0 ? bit : -bit;
    }
  }
  return k;
}

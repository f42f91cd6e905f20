import { BeitError } from '../../../src/errors.ts';
import type { PngHeader } from '../../../src/image/png/pngHeader.ts';
import { lineBytes, type Pass, passesOf } from '../../../src/image/png/pngPasses.ts';

/** Takes an unfiltered row: `line` holds the packed samples of row `row` of `pass`. */
export type RowSink = (line: Uint8Array, pass: Pass, row: number) => void;

/** Cuts the inflated stream into rows, undoes their filters and hands them on; holds two rows and nothing else. */
export class Scanlines {
  readonly #passes: Pass[];
  readonly #sink: RowSink;
  readonly #header: PngHeader;
  readonly #pixelBytes: number;
  #row = 0;
  #filled = 0;
  #line!: Uint8Array; // filter byte, packed samples
  #prior!: Uint8Array;

  constructor(header: PngHeader, sink: RowSink) {
    this.#header = header;
    this.#sink = sink;
    this.#passes = passesOf(header);
    this.#pixelBytes = Math.max(1, (header.bitDepth * header.samples) >> 3);
    this.#startPass();
  }

  /** True once every row has been handed on. */
  get done(): boolean {
    return this.#passes.length === 0;
  }

  /** Takes the next inflated bytes; what follows the last row is ignored. */
  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length && !this.done; ) {
      const taken = Math.min(this.#line.length - this.#filled, bytes.length - at);
      this.#line.set(bytes.subarray(at, at + taken), this.#filled);
      this.#filled += taken;
      at += taken;
      if (this.#filled === this.#line.length) this.#finishRow();
    }
  }

  #startPass(): void {
    if (this.done) return;
    const bytes = 1 + lineBytes(this.#header, this.#passes[0].width);
    this.#line = new Uint8Array(bytes);
    this.#prior = new Uint8Array(bytes);
    this.#row = 0;
    this.#filled = 0;
  }

  #finishRow(): void {
    unfilter(this.#line, this.#prior, this.#pixelBytes);
    this.#sink(this.#line.subarray(1), this.#passes[0], this.#row);
    [this.#line, this.#prior] = [this.#prior, this.#line];
    this.#filled = 0;
    if (++this.#row < this.#passes[0].height) return;
    this.#passes.shift();
    this.#startPass();
  }
}

/** Adds to each byte its prediction from a (left), b (above) and c (above left); byte 0 of the line names the filter. */
function unfilter(line: Uint8Array, prior: Uint8Array, pixelBytes: number): void {
  const n = line.length;
  const first = 1 + pixelBytes;
  switch (line[0]) {
    case 0:
      return;
    case 1:
      for (let i = first; i < n; i++) line[i] += line[i - pixelBytes];
      return;
    case 2:
      for (let i = 1; i < n; i++) line[i] += prior[i];
      return;
    case 3:
      for (let i = 1; i < first && i < n; i++) line[i] += prior[i] >> 1;
      for (let i = first; i < n; i++) line[i] += (line[i - pixelBytes] + prior[i]) >> 1;
      return;
    case 4:
      for (let i = 1; i < first && i < n; i++) line[i] += prior[i];
      for (let i = first; i < n; i++) line[i] += paeth(line[i - pixelBytes], prior[i], prior[i - pixelBytes]);
      return;
    default:
      throw new BeitError('InvalidImage', `Cannot decode PNG: filter type ${line[0]} does not exist`);
  }
}

/** Of a, b and c the one nearest to a + b − c, ties in that order. */
function paeth(a: number, b: number, c: number): number {
  const toA = Math.abs(b - c);
  const toB = Math.abs(a - c);
  const toC = Math.abs(a + b - c - c);
  if (toA <= toB && toA <= toC) return a;
  return toB <= toC ? b : c;
}

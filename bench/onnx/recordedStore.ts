import type { AttentionShape } from '../../src/backend.ts';
import { Graph } from './graph.ts';

/** What rows of a buffer hold: the output of a node, or what a later op completes. */
export type Value =
  | { readonly kind: 'node'; readonly name: string }
  /** Patches of a picture; the linear layer behind them makes a convolution of it. */
  | { readonly kind: 'patches'; readonly picture: string; readonly size: number; readonly channels: number }
  /** A fused query, key and value, which transformers' export has as three products. */
  | { readonly kind: 'qkv'; readonly x: string; readonly w: Layer };

interface Piece {
  readonly begin: number;
  readonly end: number;
  readonly value: Value;
}

/** Rows in a recorded buffer: either one value, or pieces of rows that are joined when all of them are read. */
interface Buffer {
  readonly cols: number;
  pieces: Piece[];
}

export interface View {
  readonly buffer: Buffer;
  readonly begin: number;
  readonly end: number;
}

export interface Layer {
  readonly n: number;
  readonly k: number;
  readonly weight: Float32Array; // [n, k]
  scale: Float32Array | null;
  shift: Float32Array | null;
}

export interface Norm {
  readonly eps: number;
  gamma: Float32Array;
  beta: Float32Array;
}

export interface RecordedKinds {
  tensor: View;
  linear: Layer;
  norm: Norm;
}

/** The half of the recording backend that keeps weights and knows which rows hold which value. */
export class RecordedStore {
  readonly name = 'onnx';
  readonly graph = new Graph();
  readonly allocated = 0;
  readonly reserved = 0;
  readonly committed = 0;
  readonly #tables = new Map<Buffer, Float32Array>();

  reserveLinear(n: number, k: number): Layer {
    return { n, k, weight: new Float32Array(n * k), scale: null, shift: null };
  }

  reserveNorm(cols: number, eps: number): Norm {
    return { eps, gamma: new Float32Array(cols), beta: new Float32Array(cols) };
  }

  alloc(rows: number, cols: number): View {
    return { buffer: { cols, pieces: [] }, begin: 0, end: rows };
  }

  planAttention(): void {}

  rows(t: View, begin: number, end: number): View {
    return { ...t, begin: t.begin + begin, end: t.begin + end };
  }

  /** Patches are stored in columns of the buffer of qkv until that is written: whole rows represent them here. */
  cols(t: View): View {
    return t;
  }

  commit(): void {}

  mark(): number {
    return 0;
  }

  reset(): void {}

  placeOfRows(): undefined {
    return undefined;
  }

  putRows(w: Layer, begin: number, rows: Float32Array): void {
    w.weight.set(rows, begin * w.k);
  }

  putVectors(w: Layer, scale: Float32Array | null, shift: Float32Array | null): void {
    w.scale = scale;
    w.shift = shift;
  }

  putNorm(w: Norm, gamma: Float32Array, beta: Float32Array): void {
    w.gamma = gamma;
    w.beta = beta;
  }

  readRows(w: Layer, begin: number, end: number): Float32Array {
    return w.weight.subarray(begin * w.k, end * w.k);
  }

  quantizedRowBytes(): number {
    return 0;
  }

  write(t: View, data: Float32Array): void {
    this.set(t, this.graph.floats([t.end - t.begin, t.buffer.cols], data));
  }

  /** Kept in host order, [distances, heads]. */
  writeRelativeBias(t: View, table: Float32Array): void {
    this.#tables.set(t.buffer, table);
  }

  dispose(): void {}

  /** The dense bias [heads, T, T] that transformers' export holds as a constant. */
  protected denseBias({ relativeBias, grid, tokens, heads }: AttentionShape<RecordedKinds>): string {
    const table = this.#tables.get(relativeBias!.buffer)!;
    const dense = new Float32Array(heads * tokens * tokens);
    for (let i = 0; i < tokens; i++) {
      for (let j = 0; j < tokens; j++) {
        const row = distance(i, j, grid);
        for (let a = 0; a < heads; a++) dense[(a * tokens + i) * tokens + j] = table[row * heads + a];
      }
    }
    return this.graph.constant('float32', [heads, tokens, tokens], dense);
  }

  /** Names the output of a node, or a value to be completed, as what `t` holds. */
  set({ buffer, begin, end }: View, value: string | Value): void {
    const piece = { begin, end, value: typeof value === 'string' ? ({ kind: 'node', name: value } as const) : value };
    const others = buffer.pieces.filter((other) => other.end <= begin || other.begin >= end);
    buffer.pieces = [...others, piece].sort((a, b) => a.begin - b.begin);
  }

  /** The value that was written to exactly the rows of `t`; null when they hold pieces or a part of one. */
  protected whole({ buffer, begin, end }: View): Value | null {
    return buffer.pieces.find((piece) => piece.begin === begin && piece.end === end)?.value ?? null;
  }

  /** The name of the value that `t` holds: one node's output, pieces joined, or rows cut out of a larger one. */
  get(t: View): string {
    const { buffer, begin, end } = t;
    const inside = buffer.pieces.filter((piece) => piece.begin >= begin && piece.end <= end);
    if (inside.length === 1 && this.whole(t)) return nameOf(inside[0].value);
    if (inside.reduce((rows, piece) => rows + piece.end - piece.begin, 0) === end - begin) {
      const names = inside.map(({ value }) => nameOf(value));
      const joined = this.graph.node('Concat', names, { axis: 0 });
      this.set(t, joined);
      return joined;
    }
    const around = buffer.pieces.find((piece) => piece.begin <= begin && piece.end >= end);
    if (!around) throw new Error(`Rows ${begin} to ${end} were read before they were written`);
    const at = [begin - around.begin, end - around.begin].map((row) => this.graph.ints([row]));
    return this.graph.node('Slice', [nameOf(around.value), ...at, this.graph.ints([0])]);
  }
}

export function notRecorded(what: string): Error {
  return new Error(`${what} is not recorded: only classification is`);
}

function nameOf(value: Value): string {
  if (value.kind !== 'node') throw notRecorded(`Reading ${value.kind}`);
  return value.name;
}

/** The row of the relative bias table for query token i and key token j. */
function distance(i: number, j: number, { height, width }: { height: number; width: number }): number {
  const rows = (2 * height - 1) * (2 * width - 1);
  if (i === 0 || j === 0) return rows + (i === 0 ? (j === 0 ? 2 : 0) : 1);
  const [yq, xq, yk, xk] = [i - 1, j - 1].flatMap((t) => [Math.floor(t / width), t % width]);
  return (yq - yk + height - 1) * (2 * width - 1) + (xq - xk + width - 1);
}

import { readFileSync } from 'node:fs';

/** The exports of core-as/webp/kernels.ts. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  release_all(): void;
  reserve(bytes: bigint): number;
  filter_simple(at: number, stride: number, edge: number): void;
  filter_inner(at: number, stride: number, edge: number, interior: number, threshold: number): void;
  filter_outer(at: number, stride: number, edge: number, interior: number, threshold: number): void;
  row_to_rgb(to: number, width: number, y: number, uNear: number, uFar: number, vNear: number, vFar: number): void;
  predict(mode: number, to: number, stride: number, size: number, hasAbove: boolean, hasLeft: boolean): void;
  predict_subblock(mode: number, to: number, stride: number, right: number): void;
  add_block(block: number, to: number, stride: number): void;
  add_dc(block: number, to: number, stride: number): void;
  add_three(block: number, to: number, stride: number): void;
  add_two_blocks(blocks: number, to: number, stride: number): void;
  add_two_dcs(blocks: number, to: number, stride: number): void;
  spread_dcs(from: number, blocks: number): void;
  columns_to_rows(first: number, second: number, stride: number, rows: number): void;
  rows_to_columns(rows: number, first: number, second: number, stride: number): void;
  predict_pixels(mode: number, from: number, to: number, upper: number, end: number): void;
}

const module = new WebAssembly.Module(readFileSync('build/core.webp.kernels.wasm'));
export const kernels = new WebAssembly.Instance(module).exports as unknown as Exports;

/** A copy of `data` in the kernels' memory; everything that was placed before is gone. */
export function placeAlone(data: Uint8Array | Int16Array): number {
  kernels.release_all();
  return placeBehind(data);
}

/** A copy of `data` behind what was placed before. */
export function placeBehind(data: Uint8Array | Int16Array): number {
  const at = kernels.reserve(BigInt(data.byteLength));
  new Uint8Array(kernels.memory.buffer, at).set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return at;
}

/** A copy of bytes of the kernels' memory. */
export function bytesAt(at: number, length: number): Uint8Array {
  return new Uint8Array(kernels.memory.buffer, at, length).slice();
}

/** Whole numbers below `count`, the same in every run. */
export function randomNumbers(seed: number): (count: number) => number {
  let state = seed;
  return (count) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * count);
  };
}

/** Bytes of one of several kinds: noise, extremes, a slope with little noise. */
export function randomBytes(random: (count: number) => number, length: number): Uint8Array {
  const [kind, base, spread] = [random(4), random(256), 1 + random(24)];
  return Uint8Array.from({ length }, () => {
    if (kind === 0) return random(256);
    if (kind === 1) return random(2) * 255;
    return Math.max(0, Math.min(255, base + random(spread)));
  });
}

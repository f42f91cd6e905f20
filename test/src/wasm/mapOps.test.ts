import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Backend, FeatureMap, Kinds } from '../../../src/backend.ts';
import {
  allocBordered,
  allocMap,
  channels,
  type Map2d,
  phase,
} from '../../../src/model/beit/heads/segmentation/featureMaps.ts';
import { WasmBackend } from '../../../src/wasm/backend.ts';
import { instantiate } from '../../../src/wasm/core.ts';
import { singleThread } from '../../../src/wasm/dispatch.ts';
import { ReferenceBackend } from '../../reference/backend.ts';
import { randomFloats } from '../../reference/linear.ts';

/** Every op on maps, on the core and in the plain loops of test/reference, on the same numbers. */
const test = suite('wasm/mapOps');
const module = new WebAssembly.Module(readFileSync('dist/core.strict.wasm'));
const SIZE = { height: 5, width: 6 };

type Op = (backend: Backend<Kinds>) => { prepare: () => void; run: () => void; out: Kinds['tensor'] };

/** What `op` makes on `backend`. */
async function resultOn(backend: Backend<Kinds>, op: Op): Promise<Float32Array> {
  const { prepare, run, out } = op(backend);
  backend.commit();
  prepare();
  run();
  return backend.read(out);
}

async function agree(op: Op, name: string): Promise<void> {
  const kernels = instantiate(module);
  const [ours, expected] = [
    await resultOn(new WasmBackend(kernels, kernels.memory, singleThread(kernels)) as never, op),
    await resultOn(new ReferenceBackend() as never, op),
  ];
  assert.is(ours.length, expected.length);
  for (const [i, value] of expected.entries()) {
    assert.ok(Math.abs(ours[i] - value) < 1e-5, `${name}: ${ours[i]} instead of ${value} at ${i}`);
  }
}

/** Fills whole tensors with seeded numbers, borders too. */
function filler(backend: Backend<Kinds>, maps: readonly (FeatureMap<Kinds> & { length: number })[]): void {
  for (const [i, map] of maps.entries()) backend.write(map.tensor, randomFloats(map.length, i + 1));
}

function withLength(map: Map2d, rows: number, cols: number): Map2d & { length: number } {
  return { ...map, length: rows * cols };
}

const plain = (b: Backend<Kinds>, height: number, width: number, cols: number) =>
  withLength(allocMap(b, { height, width }, cols), height * width, cols);
const bordered = (b: Backend<Kinds>, height: number, width: number, cols: number) =>
  withLength(allocBordered(b, { height, width }, cols), (height + 2) * (width + 2), cols);

function layer(b: Backend<Kinds>, n: number, k: number): { w: Kinds['linear']; put: () => void } {
  const w = b.reserveLinear(n, k, 'f32');
  const put = () => {
    b.putRows(w, 0, randomFloats(n * k, 9));
    b.putVectors(w, randomFloats(n, 10), randomFloats(n, 11));
  };
  return { w, put };
}

test('clearBorder clears the border and nothing else', () =>
  agree((b) => {
    const map = bordered(b, SIZE.height, SIZE.width, 3);
    return { prepare: () => filler(b, [map]), run: () => b.clearBorder(map), out: map.tensor };
  }, 'clearBorder'));

test('conv3x3 from a bordered map into columns of another', () =>
  agree((b) => {
    const [x, out] = [bordered(b, SIZE.height, SIZE.width, 4), bordered(b, SIZE.height, SIZE.width, 11)];
    const { w, put } = layer(b, 7, 36);
    const prepare = () => {
      put();
      filler(b, [x, out]);
      b.clearBorder(x);
    };
    return { prepare, run: () => b.conv3x3(channels(b, out, 2, 9), x, w, 'relu'), out: out.tensor };
  }, 'conv3x3'));

test('conv1x1 from columns of a map into every second pixel of a bordered one', () =>
  agree((b) => {
    const [x, out] = [plain(b, SIZE.height, SIZE.width, 9), bordered(b, 2 * SIZE.height, 2 * SIZE.width, 5)];
    const { w, put } = layer(b, 5, 6);
    const prepare = () => {
      put();
      filler(b, [x, out]);
    };
    return { prepare, run: () => b.conv1x1(phase(out, 1, 0), channels(b, x, 1, 7), w, 'gelu'), out: out.tensor };
  }, 'conv1x1'));

for (const op of ['maxPool', 'averagePool', 'resizeBilinear'] as const) {
  test(`${op} from columns of one map into columns of another`, () =>
    agree((b) => {
      const [height, width] = op === 'maxPool' ? [2, 3] : [3, 7];
      const [x, out] = [bordered(b, SIZE.height, SIZE.width, 8), bordered(b, height, width, 8)];
      const run = () => b[op](channels(b, out, 2, 8), channels(b, x, 1, 7));
      return { prepare: () => filler(b, [x, out]), run, out: out.tensor };
    }, op));
}

test('resizeBilinear can add', () =>
  agree((b) => {
    const [x, out] = [plain(b, 2, 3, 5), plain(b, 4, 6, 5)];
    return { prepare: () => filler(b, [x, out]), run: () => b.resizeBilinear(out, x, 'add'), out: out.tensor };
  }, 'resizeBilinear'));

test('channelsFirst of a bordered map', () =>
  agree((b) => {
    const x = bordered(b, SIZE.height, SIZE.width, 3);
    const out = b.alloc(3, SIZE.height * SIZE.width);
    return { prepare: () => filler(b, [x]), run: () => b.channelsFirst(out, x), out };
  }, 'channelsFirst'));

test.run();

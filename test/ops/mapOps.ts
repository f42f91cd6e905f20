import type { Backend, Kinds } from '../../src/backend.ts';
import { allocBordered, allocMap, channels, phase } from '../../src/model/beit/heads/segmentation/featureMaps.ts';
import { randomFloats } from '../reference/linear.ts';
import { fillAll, layer, type Op } from './op.ts';

const SIZE = { height: 5, width: 6 };

/** A map and how to fill all of its tensor, the border too. */
function plain(b: Backend<Kinds>, height: number, width: number, cols: number) {
  const map = allocMap(b, { height, width }, cols);
  return { map, fill: () => b.write(map.tensor, randomFloats(height * width * cols, cols)) };
}

function bordered(b: Backend<Kinds>, height: number, width: number, cols: number) {
  const map = allocBordered(b, { height, width }, cols);
  return { map, fill: () => b.write(map.tensor, randomFloats((height + 2) * (width + 2) * cols, cols)) };
}

const clearBorder: Op = (b) => {
  const { map, fill } = bordered(b, SIZE.height, SIZE.width, 3);
  return { fill, run: () => b.clearBorder(map), out: map.tensor };
};

const conv3x3 =
  (height: number, width: number, from: number, to: number): Op =>
  (b) => {
    const [x, out] = [bordered(b, height, width, from), bordered(b, height, width, to + 4)];
    const w = layer(b, to, 9 * from);
    const fill = () => {
      fillAll(w, x, out)();
      b.clearBorder(x.map);
    };
    const run = () => b.conv3x3(channels(b, out.map, 2, to + 2), x.map, w.w, 'relu');
    return { fill, run, out: out.map.tensor };
  };

const conv1x1: Op = (b) => {
  const [x, out] = [plain(b, SIZE.height, SIZE.width, 9), bordered(b, 2 * SIZE.height, 2 * SIZE.width, 5)];
  const w = layer(b, 5, 6);
  const run = () => b.conv1x1(phase(out.map, 1, 0), channels(b, x.map, 1, 7), w.w, 'gelu');
  return { fill: fillAll(w, x, out), run, out: out.map.tensor };
};

const between =
  (op: 'maxPool' | 'averagePool' | 'resizeBilinear', height: number, width: number): Op =>
  (b) => {
    const [x, out] = [bordered(b, SIZE.height, SIZE.width, 8), bordered(b, height, width, 8)];
    const run = () => b[op](channels(b, out.map, 2, 8), channels(b, x.map, 1, 7));
    return { fill: fillAll(x, out), run, out: out.map.tensor };
  };

const addResized: Op = (b) => {
  const [x, out] = [plain(b, 2, 3, 5), plain(b, 4, 6, 5)];
  return { fill: fillAll(x, out), run: () => b.resizeBilinear(out.map, x.map, 'add'), out: out.map.tensor };
};

const alignedCorners: Op = (b) => {
  const [x, out] = [plain(b, 3, 4, 5), plain(b, 7, 5, 5)];
  return { fill: fillAll(x, out), run: () => b.resizeBilinear(out.map, x.map, 'add', true), out: out.map.tensor };
};

const copyMap =
  (epilogue: 'store' | 'relu', height: number, width: number, cols: number): Op =>
  (b) => {
    const [x, out] = [plain(b, height, width, cols + 2), bordered(b, 2 * height, 2 * width, cols)];
    const run = () => b.copyMap(phase(out.map, 0, 1), channels(b, x.map, 1, cols + 1), epilogue);
    return { fill: fillAll(x, out), run, out: out.map.tensor };
  };

const UNUSUAL = [Number.NaN, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, -1];

const copyMapOfUnusual: Op = (b) => {
  const [x, out] = [plain(b, 2, 2, 1), plain(b, 2, 2, 1)];
  const fill = () => b.write(x.map.tensor, Float32Array.from(UNUSUAL));
  return { fill, run: () => b.copyMap(out.map, x.map, 'relu'), out: out.map.tensor };
};

const channelsFirst: Op = (b) => {
  const x = bordered(b, SIZE.height, SIZE.width, 3);
  const out = b.alloc(3, SIZE.height * SIZE.width);
  return { fill: x.fill, run: () => b.channelsFirst(out, x.map), out };
};

/** Every op on maps, by what it is tried with. */
export const MAP_OPS: Readonly<Record<string, Op>> = {
  'clearBorder clears the border and nothing else': clearBorder,
  'conv3x3 from a bordered map into columns of another': conv3x3(SIZE.height, SIZE.width, 4, 7),
  'conv3x3 of many channels': conv3x3(9, 7, 21, 35),
  'conv1x1 from columns of a map into every second pixel of a bordered one': conv1x1,
  'maxPool from columns of one map into columns of another': between('maxPool', 2, 3),
  'averagePool from columns of one map into columns of another': between('averagePool', 3, 7),
  'resizeBilinear from columns of one map into columns of another': between('resizeBilinear', 3, 7),
  'resizeBilinear can add': addResized,
  'resizeBilinear can align corners': alignedCorners,
  'copyMap from columns of a map into every second pixel of a bordered one': copyMap('store', 5, 7, 5),
  'copyMap without negative values': copyMap('relu', 3, 2, 11),
  'copyMap of whole vectors': copyMap('relu', 4, 6, 8),
  'copyMap of one pixel': copyMap('store', 1, 1, 1),
  'copyMap keeps NaN and infinity': copyMapOfUnusual,
  'channelsFirst of a bordered map': channelsFirst,
};

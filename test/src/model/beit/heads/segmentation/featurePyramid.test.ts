import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Backend, Kinds } from '../../../../../../src/backend.ts';
import {
  allocBordered,
  allocMap,
  channels,
  mapIn,
  scaled,
} from '../../../../../../src/model/beit/heads/segmentation/featureMaps.ts';
import {
  double,
  pyramidParams,
  quadruple,
} from '../../../../../../src/model/beit/heads/segmentation/featurePyramid.ts';
import { Parameters } from '../../../../../../src/model/beit/params/parameters.ts';
import { activations } from '../../../../../reference/activation.ts';
import { ReferenceBackend } from '../../../../../reference/backend.ts';
import { fillSlots, planesOf, randomMap } from './fillSlots.ts';

const test = suite('model/beit/heads/segmentation/featurePyramid');
const DIM = 2;
const GRID = { height: 2, width: 3 };
const backend: Backend<Kinds> = new ReferenceBackend();
const p = new Parameters<Kinds>(backend, 'f32');
const pyramid = pyramidParams(p, DIM);
const values = fillSlots(p);
const input = randomMap(backend, GRID, DIM, 77);
const planes = await planesOf(backend, input, DIM);

/** nn.ConvTranspose2d(kernel 2, stride 2) of [dim][h·w], w columns wide. */
function transposed(name: string, x: number[][], width: number): number[][] {
  const [weight, bias] = [values[`${name}.weight`], values[`${name}.bias`]];
  return Array.from({ length: DIM }, (_, o) =>
    Array.from({ length: 4 * x[0].length }, (_, i) => {
      const [Y, X] = [Math.floor(i / (2 * width)), i % (2 * width)];
      const tap = (c: number) => weight[((c * DIM + o) * 2 + (Y % 2)) * 2 + (X % 2)];
      return x.reduce((sum, plane, c) => sum + tap(c) * plane[(Y >> 1) * width + (X >> 1)], bias[o]);
    }),
  );
}

function batchNorm(name: string, x: number[][]): number[][] {
  const [gamma, beta, mean, variance] = ['weight', 'bias', 'running_mean', 'running_var'].map(
    (part) => values[`${name}.${part}`],
  );
  return x.map((plane, c) => plane.map((v) => (gamma[c] * (v - mean[c])) / Math.sqrt(variance[c] + 1e-5) + beta[c]));
}

function close(found: number[][], expected: number[][]): void {
  assert.equal(
    found.map((plane) => plane.length),
    expected.map((plane) => plane.length),
  );
  for (const [c, plane] of expected.entries()) {
    for (const [i, v] of plane.entries()) {
      assert.ok(Math.abs(found[c][i] - v) < 1e-5 * (1 + Math.abs(v)), `${found[c][i]}, expected ${v} at ${c}, ${i}`);
    }
  }
}

test('doubling is one transposed convolution', async () => {
  const out = allocMap(backend, scaled(GRID, 2), DIM);
  double(backend, pyramid, out, input);
  close(await planesOf(backend, out, DIM), transposed('fpn2.0', planes, 3));
});

test('fourfold is two, a batch norm and GELU between them', async () => {
  const [middle, out] = [allocMap(backend, scaled(GRID, 2), DIM), allocMap(backend, scaled(GRID, 4), DIM)];
  quadruple(backend, pyramid, out, middle, input);
  const inner = batchNorm('fpn1.1', transposed('fpn1.0', planes, 3)).map((plane) => plane.map(activations.gelu));
  close(await planesOf(backend, out, DIM), transposed('fpn1.3', inner, 6));
});

test('the outputs may be some channels of a larger map, whose other channels stay', async () => {
  const plain = allocMap(backend, scaled(GRID, 4), DIM);
  quadruple(backend, pyramid, plain, allocMap(backend, scaled(GRID, 2), DIM), input);
  const whole = allocBordered(backend, scaled(GRID, 4), 3 * DIM);
  const part = (i: number) => channels(backend, whole, i * DIM, (i + 1) * DIM);
  quadruple(backend, pyramid, part(2), mapIn(part(0).tensor, scaled(GRID, 2)), input);
  const all = await planesOf(backend, whole, 3 * DIM);
  assert.equal(all.slice(2 * DIM), await planesOf(backend, plain, DIM));
  assert.ok(
    all
      .slice(DIM, 2 * DIM)
      .flat()
      .every(Number.isNaN),
  );
});

test.run();

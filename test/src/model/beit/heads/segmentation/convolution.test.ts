import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Kinds } from '../../../../../../src/backend.ts';
import { convNorm3x3, transposedConv } from '../../../../../../src/model/beit/heads/segmentation/convolution.ts';
import {
  allocBordered,
  allocMap,
  type Map2d,
  phase,
} from '../../../../../../src/model/beit/heads/segmentation/featureMaps.ts';
import { Parameters } from '../../../../../../src/model/beit/params/parameters.ts';
import { ReferenceBackend } from '../../../../../reference/backend.ts';
import { randomFloats } from '../../../../../reference/linear.ts';
import { fillSlots } from './fillSlots.ts';

const test = suite('model/beit/heads/segmentation/convolution');
const [height, width, c, n] = [3, 4, 2, 5];
const input = randomFloats(c * height * width, 1); // [c, height, width]

function writeInput(map: Map2d): void {
  const { data } = map.tensor as { data: Float64Array };
  for (let i = 0; i < height * width; i++) {
    const row = map.origin + Math.floor(i / width) * map.pitch + (i % width);
    for (let k = 0; k < c; k++) data[row * c + k] = input[k * height * width + i];
  }
}

/** γ·(y − μ)/√(σ² + 1e−5) + β. */
function normed(values: Record<string, Float32Array>, name: string, o: number, y: number): number {
  const [gamma, beta, mean, variance] = ['weight', 'bias', 'running_mean', 'running_var'].map(
    (part) => values[`${name}.${part}`][o],
  );
  return (gamma * (y - mean)) / Math.sqrt(variance + 1e-5) + beta;
}

const pixel = (k: number, y: number, x: number) =>
  y < 0 || x < 0 || y >= height || x >= width ? 0 : input[(k * height + y) * width + x];

test('a 3×3 convolution from [n, c, ky, kx] weights, its batch norm folded', async () => {
  const backend = new ReferenceBackend();
  const p = new Parameters<Kinds>(backend, 'f32');
  const w = convNorm3x3(p, 'layer', n, c);
  const values = fillSlots(p);
  const [x, out] = [allocBordered(backend, { height, width }, c), allocMap(backend, { height, width }, n)];
  backend.clearBorder(x as never);
  writeInput(x);
  backend.conv3x3(out as never, x as never, w as never);
  const found = await backend.read(out.tensor as never);
  for (const [i, value] of found.entries()) {
    const [y, column, o] = [Math.floor(i / n / width), Math.floor(i / n) % width, i % n];
    let sum = 0;
    for (let k = 0; k < c; k++)
      for (let t = 0; t < 9; t++)
        sum +=
          values['layer.conv.weight'][(o * c + k) * 9 + t] * pixel(k, y + Math.floor(t / 3) - 1, column + (t % 3) - 1);
    assert.ok(Math.abs(value - normed(values, 'layer.bn', o, sum)) < 1e-5 * (1 + Math.abs(value)));
  }
});

test('a transposed convolution from [c, n, a, b] weights, its bias and batch norm folded', async () => {
  const backend = new ReferenceBackend();
  const p = new Parameters<Kinds>(backend, 'f32');
  const phases = transposedConv(p, 'up', n, c, { norm: 'norm' });
  const values = fillSlots(p);
  const [x, out] = [
    allocMap(backend, { height, width }, c),
    allocMap(backend, { height: 2 * height, width: 2 * width }, n),
  ];
  writeInput(x);
  for (const [i, w] of phases.entries()) {
    backend.conv1x1(phase(out, i >> 1, i & 1) as never, x as never, w as never);
  }
  const found = await backend.read(out.tensor as never);
  for (const [i, value] of found.entries()) {
    const [y, column, o] = [Math.floor(i / n / (2 * width)), Math.floor(i / n) % (2 * width), i % n];
    let sum = values['up.bias'][o];
    for (let k = 0; k < c; k++) {
      const weight = values['up.weight'][(k * n + o) * 4 + 2 * (y % 2) + (column % 2)];
      sum += weight * pixel(k, y >> 1, column >> 1);
    }
    assert.ok(Math.abs(value - normed(values, 'norm', o, sum)) < 1e-5 * (1 + Math.abs(value)));
  }
});

test('what was put comes back as it was', async () => {
  const p = new Parameters<Kinds>(new ReferenceBackend(), 'f32');
  convNorm3x3(p, 'layer', n, c);
  transposedConv(p, 'up', n, c);
  const values = fillSlots(p);
  for (const [name, { get, grain }] of p.slots) {
    const size = values[name].length;
    const parts = await Promise.all(Array.from({ length: size / grain }, (_, i) => get(i * grain, (i + 1) * grain)));
    assert.equal(Float32Array.from(parts.flatMap((part) => [...part])), values[name], name);
    assert.equal(Float32Array.from(await get(0, size)), values[name], name);
  }
});

test.run();

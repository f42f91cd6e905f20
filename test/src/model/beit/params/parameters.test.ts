import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Backend, Kinds } from '../../../../../src/backend.ts';
import { Parameters } from '../../../../../src/model/beit/params/parameters.ts';
import { randomFloats } from '../../../../reference/linear.ts';
import { refused } from '../../../refused.ts';

const test = suite('model/beit/parameters');

/** Keeps rows and vectors where a test can look at them. */
function recordingBackend() {
  const layers: Float32Array[] = [];
  const vectors: unknown[] = [];
  const backend = {
    reserveLinear: (n: number, k: number) => {
      layers.push(new Float32Array(n * k));
      return { layer: layers.length - 1, k };
    },
    reserveNorm: (cols: number) => ({ cols }),
    quantizedRowBytes: () => 0,
    putRows: ({ layer, k }: { layer: number; k: number }, begin: number, rows: Float32Array) =>
      layers[layer].set(rows, begin * k),
    readRows: ({ layer, k }: { layer: number; k: number }, begin: number, end: number) =>
      layers[layer].slice(begin * k, end * k),
    putVectors: (_: unknown, scale: Float32Array | null, shift: Float32Array) => vectors.push([scale, [...shift]]),
    putNorm: (_: unknown, gamma: Float32Array, beta: Float32Array) => vectors.push([[...gamma], [...beta]]),
  };
  return { layers, vectors, parameters: new Parameters(backend as unknown as Backend<Kinds>, 'f32') };
}

test('a linear layer has a weight by rows and a bias that waits for finish', async () => {
  const { layers, vectors, parameters } = recordingBackend();
  parameters.linear('a', 4, 3);
  const [weight, bias] = [parameters.slots.get('a.weight')!, parameters.slots.get('a.bias')!];
  assert.equal([weight.shape, weight.grain, weight.init], [[4, 3], 3, 'normal']);
  assert.equal([bias.shape, bias.grain, bias.init], [[4], 1, 'zeros']);
  weight.put(new Float32Array([7, 8, 9]), 6);
  assert.equal([...layers[0]], [0, 0, 0, 0, 0, 0, 7, 8, 9, 0, 0, 0]);
  assert.equal([...(await weight.get(6, 9))], [7, 8, 9]);
  bias.put(new Float32Array([1, 2]), 1);
  assert.equal(vectors, []);
  parameters.finish();
  assert.equal(vectors, [[null, [0, 1, 2, 0]]]);
  parameters.linear('b', 2, 2, { bias: false });
  assert.not.ok(parameters.slots.has('b.bias'));
});

test('a convolution is a matrix of its flattened filters', () => {
  const { parameters } = recordingBackend();
  parameters.linear('conv', 5, 12, { shape: [5, 3, 2, 2] });
  const { shape, grain } = parameters.slots.get('conv.weight')!;
  assert.equal([shape, grain], [[5, 3, 2, 2], 12]);
});

test('a norm is placed by finish', () => {
  const { vectors, parameters } = recordingBackend();
  parameters.norm('n', 2, 1e-5);
  parameters.slots.get('n.weight')!.put(new Float32Array([3, 4]), 0);
  parameters.finish();
  assert.equal(vectors, [
    [
      [3, 4],
      [0, 0],
    ],
  ]);
});

test('parts of one layer lie behind each other, and a fused name fills them in any chunks', () => {
  for (const step of [2, 6, 10, 30]) {
    const { layers, parameters } = recordingBackend();
    const w = parameters.backend.reserveLinear(15, 2);
    for (const [i, part] of ['q', 'k', 'v'].entries()) parameters.rows(part, [5, 2], w, 5 * i);
    parameters.fuse('qkv', ['q', 'k', 'v']);
    const { slot, covers } = parameters.fused.get('qkv')!;
    assert.equal([covers, slot.shape, slot.grain], [['q', 'k', 'v'], [15, 2], 2]);
    const values = randomFloats(30, 3);
    const starts = Array.from({ length: Math.ceil(30 / step) }, (_, i) => i * step);
    for (const at of starts.reverse()) slot.put(values.subarray(at, at + step), at);
    assert.equal(layers[0], values);
    assert.equal(parameters.slots.get('k')!.get(2, 6), values.slice(12, 16));
  }
});

test('what a fused name has beyond the model goes nowhere', () => {
  const { parameters } = recordingBackend();
  const [q, v] = [parameters.vector('q', [3], 'zeros'), parameters.vector('v', [3], 'zeros')];
  parameters.fuse('qkv', ['q', null, 'v']);
  const { slot, covers } = parameters.fused.get('qkv')!;
  assert.equal([covers, slot.shape], [['q', 'v'], [9]]);
  slot.put(new Float32Array([1, 2, 3, 4, 5]), 0);
  slot.put(new Float32Array([6, 7, 8, 9]), 5);
  assert.equal(
    [[...q], [...v]],
    [
      [1, 2, 3],
      [7, 8, 9],
    ],
  );
});

test('a vector that no memory can hold is refused by name', async () => {
  const { parameters } = recordingBackend();
  await refused(
    () => parameters.vector('table', [2 ** 30, 2 ** 20], 'zeros'),
    'OutOfMemory',
    /"table" \[1073741824,1048576\]: \d+ bytes/,
  );
});

test.run();

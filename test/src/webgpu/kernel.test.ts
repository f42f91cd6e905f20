import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ACTIVATIONS } from '../../../src/activations.ts';
import { each, shaderOf } from '../../../src/webgpu/kernel.ts';
import { attentionKernel } from '../../../src/webgpu/kernels/attention.ts';
import { integerKernel } from '../../../src/webgpu/kernels/integers.ts';
import { linearKernel } from '../../../src/webgpu/kernels/linear.ts';
import { QUANTIZE_ROWS } from '../../../src/webgpu/kernels/quantizeRows.ts';
import { tileSize } from '../../../src/webgpu/kernels/tile.ts';

const test = suite('webgpu/kernel');

test('a shader names the numbers of its calls in their order', () => {
  const text = shaderOf(each('k', ['cols', 'out'], 'data[i] = 0.0;'));
  assert.match(text, /struct Params \{ count: u32, cols: u32, out: u32, \}/);
  assert.match(text, /for \(var i = id\.x; i < p\.count; i \+= groups\.x \* 64u\)/);
});

test('kernels that differ have different names', () => {
  const kernels = [
    ...(['f32', 'f16', 'bf16'] as const).flatMap((dtype) =>
      (['store', 'add', ...ACTIVATIONS] as const).flatMap((epilogue) =>
        (['pixel', 'neighborhood'] as const).flatMap((input) =>
          ([32, 64] as const).flatMap((size) =>
            [true, false].flatMap((wide) =>
              [true, false].map((half) => linearKernel({ dtype, epilogue, input, size, wide, half })),
            ),
          ),
        ),
      ),
    ),
    ...(['q8', 'q4'] as const).flatMap((dtype) =>
      (['store', 'add', ...ACTIVATIONS] as const).flatMap((epilogue) =>
        ([32, 64] as const).flatMap((size) =>
          [true, false].flatMap((wide) =>
            [true, false].map((packed) => integerKernel({ dtype, epilogue, size, wide, packed })),
          ),
        ),
      ),
    ),
    QUANTIZE_ROWS,
    ...[6, 10, 64, 88].map(attentionKernel),
  ];
  const names = new Set(kernels.map(({ name }) => name));
  assert.is(names.size, kernels.length);
});

test('only a kernel that computes in f16 asks for it', () => {
  const form = { dtype: 'f16', epilogue: 'store', input: 'pixel', size: 32, wide: true } as const;
  assert.match(shaderOf(linearKernel({ ...form, half: true })), /^enable f16;/);
  assert.not.match(shaderOf(linearKernel({ ...form, half: false })), /f16/);
});

test('keys and values of any head fit the shared memory that every device has', () => {
  for (const headDim of [1, 6, 64, 88, 128, 500]) {
    const sizes = [...attentionKernel(headDim).body.matchAll(/var<workgroup> \w: array<vec4<f32>, (\d+)>/g)];
    const bytes = sizes.reduce((sum, [, count]) => sum + 16 * Number(count), 0);
    assert.is(sizes.length, 2);
    assert.ok(bytes <= 16384, `${headDim}: ${bytes} bytes`);
  }
});

test('tiles fit the shared memory that every device has', () => {
  for (const size of [32, 64] as const) {
    const form = { dtype: 'f32', epilogue: 'store', input: 'pixel', size, wide: true } as const;
    const integers = { dtype: 'q8', epilogue: 'store', size, wide: true, packed: true } as const;
    const kernels = [...[true, false].map((half) => linearKernel({ ...form, half })), integerKernel(integers)];
    for (const { body } of kernels) {
      const sizes = [...body.matchAll(/var<workgroup> \w+: array<vec4<\w+>, (\d+)>/g)].map(
        ([, count]) => 16 * Number(count),
      );
      assert.is(sizes.length, 2);
      assert.ok(sizes[0] + sizes[1] <= 16384, `${sizes} bytes`);
    }
  }
});

test('large tiles are for products with many of them and little beyond their edges', () => {
  const sizes = (products: readonly (readonly [m: number, n: number])[]) => products.map(([m, n]) => tileSize(m, n));
  assert.equal(
    sizes([
      [1, 1],
      [5, 6],
      [1, 768],
      [64, 768],
      [20, 5000],
      [197, 128],
    ]),
    [32, 32, 32, 32, 32, 32],
  );
  assert.equal(
    sizes([
      [197, 768],
      [197, 3072],
      [1576, 768],
      [131, 701],
    ]),
    [64, 64, 64, 64],
  );
});

test.run();

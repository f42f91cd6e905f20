import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { convRows, linearF32, linearFused, randomFloats } from '../../reference/linear.ts';
import { type Core, loadCores, loadFusedCores } from '../core.ts';
import { packLayer } from '../gemm/layer.ts';

const test = suite('core-as/maps/conv_f32');
const cores = loadCores();
const fusedCores = loadFusedCores();

/** A map with a border of one zero pixel, [height + 2, width + 2, c]. */
function bordered(map: Float32Array, height: number, width: number, c: number): Float32Array {
  const out = new Float32Array((height + 2) * (width + 2) * c);
  for (let y = 0; y < height; y++)
    out.set(map.subarray(y * width * c, (y + 1) * width * c), ((y + 1) * (width + 2) + 1) * c);
  return out;
}

/** Runs into the inside of a bordered output map; asserts that the border stays as it was. */
function conv(core: Core, map: Float32Array, w: Float32Array, [height, width, c, n]: number[], cuts = [height]) {
  core.reset();
  const layer = packLayer(core, 'f32', w, n, 9 * c);
  const x = core.place(bordered(map, height, width, c));
  const out = core.alloc(4 * (height + 2) * (width + 2) * n);
  const inside = out + 4 * (width + 3) * n;
  const scratchBytes = core.kernels.linear_scratch(9 * c, 0);
  const scratch = core.alloc(scratchBytes);
  const rows = Array.from({ length: height }, (_, y) => [inside + 4 * y * (width + 2) * n, 4 * width * n] as const);
  core.writesOnly([...rows, [scratch, scratchBytes]], () => {
    let begin = 0;
    for (const end of cuts) {
      const stride = width + 2;
      core.kernels.conv_f32(
        begin,
        end,
        inside,
        stride * n,
        n,
        x,
        stride * c,
        c,
        width,
        layer.w,
        n,
        c,
        0,
        0,
        0,
        scratch,
      );
      begin = end;
    }
  });
  return Float32Array.from(rows.flatMap(([pointer]) => [...core.floats(pointer, width * n)]));
}

test('equals the products of the spread-out rows, bit for bit, however the rows are split', () => {
  for (const [height, width, c, n] of [
    [1, 1, 1, 1],
    [3, 5, 4, 9],
    [6, 7, 3, 10],
    [20, 17, 2, 8],
  ]) {
    const [map, w] = [randomFloats(height * width * c, 1), randomFloats(n * 9 * c, 2)];
    const rows = convRows(map, height, width, c);
    for (const [sums, of] of [[linearF32, cores] as const, [linearFused, fusedCores] as const]) {
      const expected = sums(rows, w, height * width, n, 9 * c);
      for (const core of of) {
        assert.equal(conv(core, map, w, [height, width, c, n]), expected, core.name);
        assert.equal(conv(core, map, w, [height, width, c, n], [height >> 1, height]), expected, core.name);
      }
    }
  }
});

test('a kernel with a one in the middle copies the map', () => {
  const [height, width, c] = [4, 6, 3];
  const map = randomFloats(height * width * c, 3);
  const w = Float32Array.from({ length: c * 9 * c }, (_, i) => +(i % (9 * c) === 4 * c + Math.floor(i / (9 * c))));
  for (const core of cores) assert.equal(conv(core, map, w, [height, width, c, c]), map);
});

test('a 1×1 convolution into every second pixel equals the linear layer, bit for bit', () => {
  const [height, width, k, n] = [3, 5, 7, 10];
  const [map, w] = [randomFloats(height * width * k, 4), randomFloats(n * k, 5)];
  const expected = linearF32(map, w, height * width, n, k);
  for (const core of cores) {
    core.reset();
    const layer = packLayer(core, 'f32', w, n, k);
    const x = core.place(map);
    const out = core.alloc(4 * (2 * height) * (2 * width) * n);
    const scratchBytes = core.kernels.linear_scratch(k, 0);
    const scratch = core.alloc(scratchBytes);
    const pixels = Array.from({ length: height * width }, (_, i) => {
      return [out + 4 * n * (2 * Math.floor(i / width) * 2 * width + 2 * (i % width)), 4 * n] as const;
    });
    const strides = [4 * width * n, 2 * n, x, width * k, k, width, layer.w, n, k, 0, 0, 0, scratch] as const;
    core.writesOnly([...pixels, [scratch, scratchBytes]], () => {
      core.kernels.conv1x1_f32(0, 1, out, ...strides);
      core.kernels.conv1x1_f32(1, height, out, ...strides);
    });
    assert.equal(Float32Array.from(pixels.flatMap(([at]) => [...core.floats(at, n)])), expected, core.name);
  }
});

test.run();

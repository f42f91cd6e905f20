import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EPILOGUES } from '../../../src/wasm/kernels.ts';
import { randomFloats } from '../../reference/linear.ts';
import { loadCores } from '../core.ts';
import { packLayer, runLayer, unitsOf } from './layer.ts';

const test = suite('core-as/gemm/linear_units');
const cores = loadCores();
const SIZES = [
  [7, 3, 5],
  [7, 70, 5],
  [1, 50, 9],
  [270, 41, 20],
] as const;

test('splitting the units anywhere computes every sum once', () => {
  for (const dtype of ['f32', 'q8'] as const)
    for (const [m, n, k] of SIZES) {
      const [x, w, out] = [randomFloats(m * k, 5), randomFloats(n * k, 6), randomFloats(m * n, 7)];
      for (const core of cores) {
        core.reset();
        const layer = packLayer(core, dtype, w, n, k);
        const units = unitsOf(core, dtype, m);
        const run = (cuts: number[]) => runLayer(layer, { x, m, out, epilogue: EPILOGUES.indexOf('add'), cuts });
        const whole = run([1]);
        for (let cut = 0; cut <= units; cut += m > 100 ? 41 : 1) assert.equal(run([cut / units, 1]), whole, `${cut}`);
        assert.equal(run(Array.from({ length: units }, (_, i) => (i + 1) / units)), whole);
        assert.equal(run([1 / 8, 3 / 8, 3 / 8, 1]), whole);
      }
    }
});

test.run();

import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { hasRelaxedSimd, instantiate } from '../../../src/wasm/core.ts';
import type { Kernels } from '../../../src/wasm/kernels.ts';
import { chooseDotForm, dotIsExact, loweringOf } from '../../../src/wasm/lowering.ts';

const test = suite('wasm/lowering');
const coreOf = (variant: string) => instantiate(new WebAssembly.Module(readFileSync(`dist/core.${variant}.wasm`)));

test('the strict core uses no relaxed instruction, and its dot is exact', () => {
  const strict = coreOf('strict');
  assert.ok(dotIsExact(strict));
  assert.equal(loweringOf(strict), { dot: 'none', fusedMultiplyAdd: false });
  chooseDotForm(strict);
  assert.is(strict.dot_by_pairs.value, 0);
});

test('the relaxed core tells what this processor makes of it', () => {
  if (!hasRelaxedSimd()) return console.log('skip: this engine has no relaxed SIMD');
  const relaxed = coreOf('relaxed');
  const { dot, fusedMultiplyAdd } = loweringOf(relaxed);
  assert.ok(dotIsExact(relaxed));
  assert.type(fusedMultiplyAdd, 'boolean');
  if (process.arch === 'arm64') assert.is(dot, 'sdot');
  if (process.arch === 'x64') assert.ok(['vpdpbusd', 'vpmaddubsw'].includes(dot), dot);
  chooseDotForm(relaxed);
  const pays = dot === 'vpmaddubsw' && relaxed.pairs_are_exact(((relaxed.heapBase.value as number) + 15) & ~15) === 1;
  assert.is(relaxed.dot_by_pairs.value, pays ? 1 : 0);
});

test('products by pairs are taken for five instructions, where they are exact', () => {
  const formOf = (extremes: number, exact: number) => {
    const kernels = {
      heapBase: { value: 1003 },
      dot_by_pairs: { value: 0 },
      dot_of_extremes: () => extremes,
      madd_is_fused: () => 1,
      pairs_are_exact: (scratch: number) => {
        assert.is(scratch, 1008);
        return exact;
      },
    };
    chooseDotForm(kernels as unknown as Kernels);
    return kernels.dot_by_pairs.value;
  };
  assert.is(formOf(-65536, 1), 1);
  assert.is(formOf(-65536, 0), 0);
  assert.is(formOf(-130560, 1), 0);
  assert.is(formOf(512, 1), 0);
});

test.run();

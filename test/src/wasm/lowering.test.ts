import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { hasRelaxedSimd, instantiate } from '../../../src/wasm/core.ts';
import type { Kernels } from '../../../src/wasm/kernels.ts';
import { chooseForm, dotIsExact, loweringOf } from '../../../src/wasm/lowering.ts';

const test = suite('wasm/lowering');
/** Forms of the micro-kernels: core-as/gemm/forms.ts. */
const [SPLAT, PAIRS, LANES] = [0, 1, 2];
const coreOf = (variant: string) => instantiate(new WebAssembly.Module(readFileSync(`dist/core.${variant}.wasm`)));

test('the strict core uses no relaxed instruction, and its dot is exact', () => {
  const strict = coreOf('strict');
  assert.ok(dotIsExact(strict));
  assert.equal(loweringOf(strict), { dot: 'none', fusedMultiplyAdd: false });
  chooseForm(strict);
  assert.is(strict.form.value, process.arch === 'arm64' ? LANES : SPLAT);
});

test('the relaxed core tells what this processor makes of it', () => {
  if (!hasRelaxedSimd()) return console.log('skip: this engine has no relaxed SIMD');
  const relaxed = coreOf('relaxed');
  const { dot, fusedMultiplyAdd } = loweringOf(relaxed);
  assert.ok(dotIsExact(relaxed));
  assert.type(fusedMultiplyAdd, 'boolean');
  if (process.arch === 'arm64') assert.is(dot, 'sdot');
  if (process.arch === 'x64') assert.ok(['vpdpbusd', 'vpmaddubsw'].includes(dot), dot);
  chooseForm(relaxed);
  const forms: Record<string, number[]> = { sdot: [LANES], vpdpbusd: [SPLAT], vpmaddubsw: [PAIRS, SPLAT] };
  assert.ok(forms[dot].includes(relaxed.form.value as number), `${dot}: form ${relaxed.form.value}`);
});

test('the form is chosen where the host says, and probed in unused memory', () => {
  const asked: number[] = [];
  chooseForm({
    heapBase: { value: 1003 },
    choose_form: (scratch: number) => asked.push(scratch),
  } as unknown as Kernels);
  assert.equal(asked, [1008]);
});

test.run();

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BeitForImageClassification } from '../../../src/pretrained/beitForImageClassification.ts';
import { runtimeInfo } from '../../../src/runtimeInfo.ts';
import { Tensor } from '../../../src/tensor.ts';
import { hasRelaxedSimd } from '../../../src/wasm/core.ts';
import expected from '../../runtimes/digest.fused.json';
import { digests, type Library } from '../../runtimes/outputs.ts';
import { refused } from '../refused.ts';

const test = suite('engine/fusedArithmetic');
const DIGITS = 'fixtures/beit-digits';
const fixtures = (name: string) => `fixtures/${name}`;

async function logits(arithmetic: 'strict' | 'fused', threads: number): Promise<Float32Array> {
  using model = await BeitForImageClassification.fromPretrained(DIGITS, { arithmetic, threads });
  assert.is(runtimeInfo(model).arithmetic, arithmetic);
  assert.match(runtimeInfo(model).wasm, arithmetic === 'fused' ? 'core.fused' : /core\.(strict|relaxed)/);
  const { height, width } = model.config.nativeSize;
  const data = Float32Array.from({ length: 3 * height * width }, (_, i) => (((i * 7919) % 128) - 64) / 64);
  return (await model.forward({ pixelValues: new Tensor('float32', data, [1, 3, height, width]) })).logits.data;
}

test('without relaxed SIMD it is rejected with the reason', async () => {
  if (hasRelaxedSimd()) return;
  await refused(() => logits('fused', 1), 'UnsupportedRuntime', /arithmetic 'fused': this runtime has no relaxed SIMD/);
});

test('results are near those of strict arithmetic, others, and the same on any number of threads', async () => {
  if (!hasRelaxedSimd()) return console.log('skip: this engine has no relaxed SIMD');
  const [strict, alone, together] = [await logits('strict', 1), await logits('fused', 1), await logits('fused', 2)];
  assert.equal(alone, together);
  assert.not.equal(alone, strict);
  for (const [i, value] of alone.entries()) assert.ok(Math.abs(value - strict[i]) < 1e-4, `${value} and ${strict[i]}`);
});

test('it has one digest', async () => {
  if (!hasRelaxedSimd()) return console.log('skip: this engine has no relaxed SIMD');
  const library = (await import('../../../src/index.ts')) as unknown as Library;
  assert.equal(await digests(library, fixtures, { arithmetic: 'fused', threads: 1 }), expected);
});

test('what contradicts it is rejected', async () => {
  const load = (options: object) => BeitForImageClassification.fromPretrained(DIGITS, options);
  await refused(() => load({ arithmetic: 'fused', simd: 'strict' }), 'InvalidArgument', /it needs relaxed SIMD/);
  await refused(
    () => load({ arithmetic: 'fast' }),
    'InvalidArgument',
    /Invalid arithmetic: expected one of strict, fused/,
  );
  await refused(
    () => load({ arithmetic: 'fused', device: 'webgpu' }),
    'InvalidArgument',
    /Invalid arithmetic: the rounding of device 'webgpu' is its own/,
  );
});

test.run();

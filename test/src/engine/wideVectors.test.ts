import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { crc32 } from '../../../src/crc32.ts';
import { DTYPES } from '../../../src/dtype.ts';
import { BLOCK_CHECKSUMS, blockOutputs, widenVectors } from '../../../src/engine/wideVectors.ts';
import { BeitForImageClassification } from '../../../src/pretrained/beitForImageClassification.ts';
import { runtimeInfo } from '../../../src/runtimeInfo.ts';
import { Tensor } from '../../../src/tensor.ts';
import { hasRelaxedSimd } from '../../../src/wasm/core.ts';
import { refused } from '../refused.ts';

const test = suite('engine/wideVectors');
const DIGITS = 'fixtures/beit-digits';
/** V8 13 on x64 is the only compiler that may be asked. */
const here = process.arch === 'x64' && /^13\./.test(process.versions.v8) && !process.versions.deno;

async function logits(options: object): Promise<Float32Array> {
  using model = await BeitForImageClassification.fromPretrained(DIGITS, options);
  const { height, width } = model.config.nativeSize;
  const data = Float32Array.from({ length: 3 * height * width }, (_, i) => (((i * 7919) % 128) - 64) / 64);
  return (await model.forward({ pixelValues: new Tensor('float32', data, [1, 3, height, width]) })).logits.data;
}

test('the block that is checked has these sums in every core without wide vectors', async () => {
  const relaxed = [{ simd: 'relaxed' } as const, { arithmetic: 'fused' } as const];
  for (const dtype of DTYPES)
    for (const core of [{ simd: 'strict' } as const, ...(hasRelaxedSimd() ? relaxed : [])]) {
      const { arithmetic = 'strict' } = core as { arithmetic?: 'fused' };
      const bytes = await blockOutputs({ dtype, ...core });
      assert.ok(new Float32Array(bytes.buffer).every(Number.isFinite));
      assert.is(crc32(bytes), BLOCK_CHECKSUMS[arithmetic][dtype], `${dtype} ${JSON.stringify(core)}`);
    }
});

test('it is rejected with a reason where V8 cannot, and with what contradicts it', async () => {
  await refused(() => logits({ wideVectors: true, device: 'webgpu' }), 'InvalidArgument', /Invalid wideVectors/);
  if (here) return;
  await refused(
    () => logits({ wideVectors: true }),
    'UnsupportedRuntime',
    /with wide vectors: (expected Node 24|V8 has)/,
  );
});

test('results are the same bits, in this thread, in a worker and in a pool', async () => {
  if (!here) return console.log('skip: this is not Node 24 on x64');
  const places = [{}, { threads: 2 }, { worker: true }, { workers: 2 }];
  for (const dtype of DTYPES)
    for (const arithmetic of ['strict', 'fused'] as const) {
      const expected = await logits({ dtype, arithmetic });
      for (const place of dtype === 'q8' ? places : [{}])
        assert.equal(
          await logits({ dtype, arithmetic, wideVectors: true, ...place }),
          expected,
          `${dtype} ${arithmetic} ${JSON.stringify(place)}`,
        );
    }
});

test('the core is the one whose tiles have vectors to join', async () => {
  if (!here) return console.log('skip: this is not Node 24 on x64');
  for (const [dtype, simd] of [['f32', 'strict'] as const, ['q8', 'relaxed'] as const]) {
    using model = await BeitForImageClassification.fromPretrained(DIGITS, { dtype, wideVectors: true });
    assert.is(runtimeInfo(model).simd, simd);
    assert.is(runtimeInfo(model).simdReason, simd === 'strict' ? "simd: 'strict' was asked for" : '');
  }
});

test('other numbers are an error', async () => {
  if (!here) return console.log('skip: this is not Node 24 on x64');
  const sums = BLOCK_CHECKSUMS.strict as { f16: number };
  const kept = sums.f16;
  sums.f16 ^= 1;
  try {
    await refused(
      () => widenVectors({ dtype: 'f16', simd: 'relaxed' }),
      'UnsupportedRuntime',
      /computes other numbers/,
    );
  } finally {
    sums.f16 = kept;
  }
});

test.run();

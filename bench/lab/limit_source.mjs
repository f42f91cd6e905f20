// AssemblyScript source of kernels that only compute in registers: what a processor and an engine reach at most.

const range = (n) => Array.from({ length: n }, (_, i) => i);

/** One product of vectors and its sum, `c` with the constant `a`: the operations it counts for, and the features it needs. */
const KINDS = {
  f32: { operations: 8, features: ['simd'], next: (c) => `f32x4.add(f32x4.mul(${c}, a), a)` },
  fused: { operations: 8, features: ['simd', 'relaxed-simd'], next: (c) => `f32x4.relaxed_madd(${c}, a, a)` },
  dot16: { operations: 16, features: ['simd'], next: (c) => `i32x4.add(i32x4.dot_i16x8_s(${c}, a), a)` },
  pairs: {
    operations: 32,
    features: ['simd', 'relaxed-simd'],
    next: (c) => `i32x4.add(i32x4.dot_i16x8_s(i16x8.relaxed_dot_i8x16_i7x16_s(${c}, a), a), a)`,
  },
  dot8: {
    operations: 32,
    features: ['simd', 'relaxed-simd'],
    next: (c) => `i32x4.relaxed_dot_i8x16_i7x16_add_s(a, a, ${c})`,
  },
};

/** Chains of products whose best rate is the limit; engines differ in how many they hold in registers. */
const CHAINS = [8, 10, 12, 13, 14];

/** The limit kernels of a kind, their names and the operations of a round of each. */
export const limitKernels = (kind) => CHAINS.map((count) => limitKernel(kind, count));

/** What a module of such kernels has to be compiled with. */
export const limitFeatures = (kind) => KINDS[kind].features;

function limitKernel(kind, count) {
  const { operations, next } = KINDS[kind];
  const chains = range(count);
  const name = `${kind}_limit_${count}`;
  return {
    name,
    flops: count * operations,
    source: `
export function ${name}(rounds: i32, value: f32): f32 {
  const a = f32x4.splat(value);
  ${chains.map((i) => `let c${i} = f32x4.splat(${i});`).join('\n  ')}
  for (let i = 0; i < rounds; ++i) {
    ${chains.map((i) => `c${i} = ${next(`c${i}`)};`).join('\n    ')}
  }
  return f32x4.extract_lane(${chains.map((i) => `c${i}`).reduce((all, c) => `v128.xor(${all}, ${c})`)}, 0);
}`,
  };
}

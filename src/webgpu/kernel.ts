/** A compute shader. Kernels of the same name are the same; what they differ in is part of it. */
export interface Kernel {
  readonly name: string;
  /** Names of the numbers that a call gives, in their order; the shader finds them in `p`, all u32. */
  readonly fields: readonly string[];
  /** WGSL with an entry point `main`. */
  readonly body: string;
}

/** Threads of a workgroup in kernels that share nothing. */
export const WIDTH = 64;

/** What every kernel sees: all tensors in one arena, the numbers of the call, the layer's own weights and vectors. */
export function shaderOf({ fields, body }: Kernel): string {
  return `
struct Params { ${fields.map((field) => `${field}: u32,`).join(' ')} }
@group(0) @binding(0) var<storage, read_write> data: array<f32>;
@group(0) @binding(1) var<uniform> p: Params;
@group(1) @binding(0) var<storage, read> weights: array<u32>;
@group(1) @binding(1) var<storage, read> vectors: array<f32>;
${body}`;
}

/** A kernel that does `body` for every `i` below `p.count`, in no order. */
export function each(name: string, fields: readonly string[], body: string, functions = ''): Kernel {
  return {
    name,
    fields: ['count', ...fields],
    body: `${functions}
@compute @workgroup_size(${WIDTH})
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  for (var i = id.x; i < p.count; i += groups.x * ${WIDTH}u) {
    ${body}
  }
}`,
  };
}

/**
 * Sum and maximum over a workgroup: every thread gives its part in `value` and gets the whole. The barrier in front lets
 * the shared numbers of the call before it be read to the end.
 */
export const REDUCE = `
var<workgroup> parts: array<f32, ${WIDTH}>;
fn sum_of(thread: u32, value: f32) -> f32 {
  workgroupBarrier();
  parts[thread] = value;
  workgroupBarrier();
  for (var half = ${WIDTH / 2}u; half > 0u; half /= 2u) {
    if (thread < half) { parts[thread] += parts[thread + half]; }
    workgroupBarrier();
  }
  return parts[0];
}
fn largest_of(thread: u32, value: f32) -> f32 {
  workgroupBarrier();
  parts[thread] = value;
  workgroupBarrier();
  for (var half = ${WIDTH / 2}u; half > 0u; half /= 2u) {
    if (thread < half) { parts[thread] = max(parts[thread], parts[thread + half]); }
    workgroupBarrier();
  }
  return parts[0];
}`;

/** A compute shader. Kernels of the same name are the same; what they differ in is part of it. */
export interface Kernel {
  readonly name: string;
  /** Names of the numbers that a call gives, in their order; the shader finds them in `p`, all u32. */
  readonly fields: readonly string[];
  /** WGSL with an entry point `main`. */
  readonly body: string;
  /** What the tensors are read as, and the weights. Default: `f32` and `u32`. */
  readonly data?: string;
  readonly weights?: string;
  /** Whether it computes in f16. */
  readonly half?: boolean;
}

/** Threads of a workgroup in kernels that share nothing. */
export const WIDTH = 64;

/** What every kernel sees: all tensors in one arena, the numbers of the call, the layer's own weights and vectors. */
export function shaderOf({ fields, body, data = 'f32', weights = 'u32', half }: Kernel): string {
  return `${half ? 'enable f16;' : ''}
struct Params { ${fields.map((field) => `${field}: u32,`).join(' ')} }
@group(0) @binding(0) var<storage, read_write> data: array<${data}>;
@group(0) @binding(1) var<uniform> p: Params;
@group(1) @binding(0) var<storage, read> weights: array<${weights}>;
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

/** `name(thread, value)`: all values of a workgroup combined, for every thread. The first barrier lets earlier reads end. */
const reduction = (name: string, combined: string) => `
fn ${name}(thread: u32, value: f32) -> f32 {
  workgroupBarrier();
  parts[thread] = value;
  workgroupBarrier();
  for (var half = ${WIDTH / 2}u; half > 0u; half /= 2u) {
    if (thread < half) { parts[thread] = ${combined}; }
    workgroupBarrier();
  }
  return parts[0];
}`;

const REDUCE = `var<workgroup> parts: array<f32, ${WIDTH}>;
${reduction('sum_of', 'parts[thread] + parts[thread + half]')}
${reduction('largest_of', 'max(parts[thread], parts[thread + half])')}`;

/** A kernel that does `body` for every `row` below `p.rows`, a workgroup a row; `sum_of` and `largest_of` go over its threads. */
export function eachRow(name: string, fields: readonly string[], body: string, functions = ''): Kernel {
  return {
    name,
    fields: ['rows', ...fields],
    body: `${REDUCE}${functions}
@compute @workgroup_size(${WIDTH})
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  for (var row = group.x; row < p.rows; row += groups.x) {
    ${body}
  }
}`,
  };
}

import { eachRow, type Kernel, WIDTH } from '../kernel.ts';

/** Bytes of shared memory that every device has. */
const SHARED = 16384;

/** Fields of `p` that both kernels read the scores with. */
// biome-ignore format: one list
const SCORE_FIELDS = [
  'tokens', 'heads', 'headDim', 'qkv', 'stride', 'bias', 'distances', 'gridWidth', 'gridHeight', 'mask',
];

/** In place of an absent address. */
export const NOWHERE = 0xffffffff;

/** Where the relative bias of query i and key j is in the row of a head: three more distances for the class token. */
const BIAS = `
fn distance_of(i: u32, j: u32) -> u32 {
  if (i == 0u) { return p.distances - select(3u, 1u, j == 0u); }
  if (j == 0u) { return p.distances - 2u; }
  let dy = (i - 1u) / p.gridWidth + p.gridHeight - 1u - (j - 1u) / p.gridWidth;
  let dx = (i - 1u) % p.gridWidth + p.gridWidth - 1u - (j - 1u) % p.gridWidth;
  return dy * (2u * p.gridWidth - 1u) + dx;
}
fn bias_of(head: u32, i: u32, j: u32) -> f32 {
  if (p.bias == ${NOWHERE}u) { return 0.0; }
  return data[p.bias + head * p.distances + distance_of(i, j)];
}
fn kept(head: u32) -> f32 {
  if (p.mask == ${NOWHERE}u) { return 1.0; }
  return data[p.mask + head];
}`;

/** The probabilities [tokens, tokens] of one head, a row a query; the result holds the scores until they are summed. */
export const ATTENTION_PROBABILITIES = eachRow(
  'attention probabilities',
  [...SCORE_FIELDS, 'head', 'out', 'outStride'],
  `let out = p.out + row * p.outStride;
  let q = p.qkv + row * p.stride + p.head * p.headDim;
  var largest = -3.0e38;
  for (var j = thread; j < p.tokens; j += ${WIDTH}u) {
    let k = p.qkv + j * p.stride + (p.heads + p.head) * p.headDim;
    var sum = 0.0;
    for (var c = 0u; c < p.headDim; c++) { sum += data[q + c] * data[k + c]; }
    data[out + j] = sum / sqrt(f32(p.headDim)) + bias_of(p.head, row, j);
    largest = max(largest, data[out + j]);
  }
  largest = largest_of(thread, largest);
  var sum = 0.0;
  for (var j = thread; j < p.tokens; j += ${WIDTH}u) {
    data[out + j] = exp(data[out + j] - largest);
    sum += data[out + j];
  }
  let factor = kept(p.head) / sum_of(thread, sum);
  for (var j = thread; j < p.tokens; j += ${WIDTH}u) { data[out + j] *= factor; }`,
  BIAS,
);

/**
 * out = softmax(q·kᵀ/√d + bias)·v: a thread a query. Keys and values pass through shared memory some at a time, and the
 * sums of the softmax are rescaled whenever a larger score comes (Milakov and Gimelshein, arXiv 1805.02867).
 */
export function attentionKernel(headDim: number): Kernel {
  const fours = Math.ceil(headDim / 4);
  const keys = Math.max(1, Math.min(16, Math.floor(SHARED / (32 * fours))));
  return {
    name: `attention ${headDim}`,
    fields: [...SCORE_FIELDS, 'images', 'out', 'outStride'],
    body: `${BIAS}
const FOURS = ${fours}u;
const KEYS = ${keys}u;
var<workgroup> k: array<vec4<f32>, ${keys * fours}>;
var<workgroup> v: array<vec4<f32>, ${keys * fours}>;

/** Four values of a head from \`at\` on, zeros behind its end. */
fn four(at: u32, c: u32) -> vec4<f32> {
  var x = vec4<f32>();
  for (var l = 0u; l < 4u; l++) {
    if (4u * c + l < ${headDim}u) { x[l] = data[at + 4u * c + l]; }
  }
  return x;
}

@compute @workgroup_size(${WIDTH})
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let image = (group.y + group.z * groups.y) / p.heads;
  let head = (group.y + group.z * groups.y) % p.heads;
  if (image >= p.images) { return; }
  let first = p.qkv + image * p.tokens * p.stride + head * ${headDim}u;
  let i = group.x * ${WIDTH}u + thread;
  let query = first + min(i, p.tokens - 1u) * p.stride;
  var q: array<vec4<f32>, ${fours}>;
  var sums: array<vec4<f32>, ${fours}>;
  for (var c = 0u; c < FOURS; c++) { q[c] = four(query, c); }
  var largest = -3.0e38;
  var total = 0.0;
  for (var begin = 0u; begin < p.tokens; begin += KEYS) {
    for (var e = thread; e < KEYS * FOURS; e += ${WIDTH}u) {
      let row = first + min(begin + e / FOURS, p.tokens - 1u) * p.stride;
      k[e] = four(row + p.heads * ${headDim}u, e % FOURS);
      v[e] = four(row + 2u * p.heads * ${headDim}u, e % FOURS);
    }
    workgroupBarrier();
    for (var j = 0u; j < min(KEYS, p.tokens - begin); j++) {
      var product = vec4<f32>();
      for (var c = 0u; c < FOURS; c++) { product += q[c] * k[j * FOURS + c]; }
      let score = dot(product, vec4<f32>(1.0)) / sqrt(f32(${headDim})) + bias_of(head, i, begin + j);
      let next = max(largest, score);
      let old = exp(largest - next);
      let power = exp(score - next);
      largest = next;
      total = total * old + power;
      for (var c = 0u; c < FOURS; c++) { sums[c] = sums[c] * old + power * v[j * FOURS + c]; }
    }
    workgroupBarrier();
  }
  if (i >= p.tokens) { return; }
  let factor = kept(head) / total;
  let out = p.out + (image * p.tokens + i) * p.outStride + head * ${headDim}u;
  // as it was summed, four by four: an index of another kind could keep the sums out of registers
  for (var c = 0u; c < FOURS; c++) {
    let values = sums[c] * factor;
    for (var l = 0u; l < 4u; l++) {
      if (4u * c + l < ${headDim}u) { data[out + 4u * c + l] = values[l]; }
    }
  }
}`,
  };
}

import { eachRow, WIDTH } from '../kernel.ts';

/** Words before the values of a quantized row: its scale, the length of its list, two unused, and the list. */
export const ROW_HEADER = 36;
/** Entries of the list at most: a residual of 16 bits, and above it the position. */
const MOST_OUTLIERS = 32;

/** Loops over the values of a row, a thread every 64th. */
const values = (body: string) =>
  `for (var c = thread; c < p.k; c += ${WIDTH}u) { let v = bitcast<f32>(data[x + c]); ${body} }`;

/**
 * Results that are the same for all threads, as the conditions around barriers must be. The limits and the rounds are those of
 * core-as/gemm/quantize_lhs.ts.
 */
const FUNCTIONS = `
var<workgroup> entries: atomic<u32>;
fn sum(thread: u32, value: f32) -> f32 {
  _ = sum_of(thread, value);
  return workgroupUniformLoad(&parts[0]);
}
fn largest(thread: u32, value: f32) -> f32 {
  _ = largest_of(thread, value);
  return workgroupUniformLoad(&parts[0]);
}
fn is_finite(value: f32) -> bool { return (bitcast<u32>(value) & 0x7f800000u) != 0x7f800000u; }

/** Four root mean squares of the values within ±start, again without those beyond as long as that halves it. */
fn near_limit(thread: u32, x: u32, start: f32) -> f32 {
  var near = start;
  for (var round = 0u; round < 3u; round++) {
    var squares = 0.0;
    var outside = 0.0;
    ${values('if (abs(v) <= near) { squares += v * v; } else { outside += 1.0; }')}
    let next = 4.0 * sqrt(sum(thread, squares) / f32(p.k));
    if (sum(thread, outside) > ${MOST_OUTLIERS}.0 || !(next < 0.5 * near)) { break; }
    near = next;
  }
  return near;
}
/** a / b of two normal positive numbers, to the nearest even as on the core: the quotient of a GPU may be off by some ulp. */
fn quotient(a: f32, b: f32) -> f32 {
  let divisor = (bitcast<u32>(b) & 0x7fffffu) | 0x800000u;
  var rest = (bitcast<u32>(a) & 0x7fffffu) | 0x800000u;
  var whole = 0u;
  // bits of the quotient of both mantissas: one, and 26 behind the point
  for (var bits = 0u; bits < 27u; bits++) {
    whole = 2u * whole + u32(rest >= divisor);
    rest = 2u * (rest - select(0u, divisor, rest >= divisor));
  }
  let below = u32(whole < 0x4000000u); // a quotient below one
  let unit = 8u >> below;
  let tail = 2u * (whole & (unit - 1u)) + u32(rest != 0u);
  let mantissa = whole / unit;
  let up = u32(tail > unit || (tail == unit && (mantissa & 1u) == 1u));
  let exponent = (bitcast<u32>(a) >> 23u) + 127u - (bitcast<u32>(b) >> 23u) - below;
  return bitcast<f32>((exponent << 23u) + (mantissa & 0x7fffffu) + up);
}
fn inverse_of(range: f32) -> f32 {
  if (range > 1e-30) { return quotient(127.0, range); }
  return 0.0;
}
fn scale_of(range: f32) -> f32 {
  if (range > 1e-30) { return quotient(range, 127.0); }
  return 0.0;
}
fn round_by(v: f32, inverse: f32) -> i32 { return i32(round(v * inverse)); }

/** How many values are beyond 0 … 127 when the range is bottom … top. */
fn outliers_of(thread: u32, x: u32, bottom: f32, top: f32) -> f32 {
  let inverse = inverse_of(top - bottom);
  let zero = round_by(-bottom, inverse);
  var count = 0.0;
  ${values('let q = round_by(v, inverse) + zero; if (q < 0i || q > 127i) { count += 1.0; }')}
  return sum(thread, count);
}`;

/**
 * Rows of x as signed bytes q − zero, four in a word, with x ≈ scale·(q − zero), q in 0 … 127; what is beyond, up to 32 values of
 * a row, is listed with its position. A NaN or an infinity makes the scale NaN.
 */
export const QUANTIZE_ROWS = {
  ...eachRow(
    'quantize rows',
    ['k', 'words', 'out', 'outStride', 'x', 'xStride'],
    `let x = p.x + row * p.xStride;
  let out = p.out + row * p.outStride;
  var low = 0.0;
  var high = 0.0;
  var squares = 0.0;
  var lost = 0.0;
  ${values('low = min(low, v); high = max(high, v); squares += v * v; if (!is_finite(v)) { lost = 1.0; }')}
  var bottom = -largest(thread, -low);
  var top = largest(thread, high);
  let square = sum(thread, squares);
  let rms = sqrt(square / f32(p.k));
  lost = largest(thread, lost);
  var listed = false;
  if (lost == 0.0 && (top > 6.0 * rms || bottom < -6.0 * rms) && square > 1e-30 && p.k <= 65536u) {
    let near = near_limit(thread, x, 4.0 * rms);
    let limits = vec2<f32>(max(bottom, -near), min(top, near));
    listed = outliers_of(thread, x, limits.x, limits.y) <= ${MOST_OUTLIERS}.0;
    if (listed) { bottom = limits.x; top = limits.y; }
  }
  if (thread == 0u) { atomicStore(&entries, 0u); }
  workgroupBarrier();
  let range = top - bottom;
  let inverse = inverse_of(range);
  let zero = round_by(-bottom, inverse);
  for (var w = thread; w < p.words; w += ${WIDTH}u) {
    var word = 0u;
    for (var i = 0u; i < 4u && 4u * w + i < p.k; i++) {
      let q = round_by(bitcast<f32>(data[x + 4u * w + i]), inverse) + zero;
      let kept = clamp(q, 0i, 127i);
      word |= (u32(kept - zero) & 255u) << (8u * i);
      if (listed && q != kept) {
        let entry = atomicAdd(&entries, 1u);
        if (entry < ${MOST_OUTLIERS}u) { data[out + 4u + entry] = (u32(q - kept) & 65535u) | ((4u * w + i) << 16u); }
      }
    }
    data[out + ${ROW_HEADER}u + w] = word;
  }
  workgroupBarrier();
  if (thread == 0u) {
    data[out] = 0x7fc00000u;
    if (lost == 0.0 && is_finite(range)) { data[out] = bitcast<u32>(scale_of(range)); }
    data[out + 1u] = min(atomicLoad(&entries), ${MOST_OUTLIERS}u);
  }`,
    FUNCTIONS,
  ),
  data: 'u32',
};

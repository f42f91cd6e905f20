// The loop filters over one edge of 16 pixels (RFC 6386, section 15). `at` is the first row behind the edge, the rows of an
// edge are `stride` apart: four before it, p3 to p0, and four behind it, q0 to q3. The arithmetic is that of signed bytes.

// @ts-ignore: decorator
@inline
function difference(a: v128, b: v128): v128 {
  return v128.or(i8x16.sub_sat_u(a, b), i8x16.sub_sat_u(b, a));
}

/** All ones where x ≤ limit. */
// @ts-ignore: decorator
@inline
function within(x: v128, limit: v128): v128 {
  return i8x16.eq(i8x16.min_u(x, limit), x);
}

/** Twice the step over the edge plus half of that of the second neighbors. */
// @ts-ignore: decorator
@inline
function step_over(p1: v128, p0: v128, q0: v128, q1: v128): v128 {
  const inner = difference(p0, q0);
  const outer = v128.and(i16x8.shr_u(difference(p1, q1), 1), i8x16.splat(0x7f));
  return i8x16.add_sat_u(i8x16.add_sat_u(inner, inner), outer);
}

/** Unsigned bytes as signed ones around 128, and back. */
// @ts-ignore: decorator
@inline
function signed(x: v128): v128 {
  return v128.xor(x, i8x16.splat(-128));
}

/** start + 3·(q0 − p0), kept within a byte. */
// @ts-ignore: decorator
@inline
function step_of(start: v128, p0: v128, q0: v128): v128 {
  const d = i8x16.sub_sat_s(q0, p0);
  return i8x16.add_sat_s(i8x16.add_sat_s(i8x16.add_sat_s(start, d), d), d);
}

/** x plus `rounding`, divided by 8. */
// @ts-ignore: decorator
@inline
function eighth(x: v128, rounding: i8): v128 {
  return i8x16.shr_s(i8x16.add_sat_s(x, i8x16.splat(rounding)), 3);
}

/** The simple filter, for both kinds of edges. */
export function filter_simple(at: usize, stride: usize, edge_limit: u32): void {
  let p0 = v128.load(at - stride), q0 = v128.load(at);
  let p1 = v128.load(at - 2 * stride), q1 = v128.load(at + stride);
  const mask = within(step_over(p1, p0, q0, q1), i8x16.splat(<i8>edge_limit));
  p1 = signed(p1); p0 = signed(p0); q0 = signed(q0); q1 = signed(q1);
  const a = v128.and(step_of(i8x16.sub_sat_s(p1, q1), p0, q0), mask);
  v128.store(at, signed(i8x16.sub_sat_s(q0, eighth(a, 4))));
  v128.store(at - stride, signed(i8x16.add_sat_s(p0, eighth(a, 3))));
}

/** The normal filter of an edge between macroblocks (`outer`) or inside of one. */
// @ts-ignore: decorator
@inline
function filter_normal(at: usize, stride: usize, edge: u32, interior: u32, threshold: u32, outer: bool): void {
  const p3 = v128.load(at - 4 * stride), q3 = v128.load(at + 3 * stride);
  let p2 = v128.load(at - 3 * stride), q2 = v128.load(at + 2 * stride);
  let p1 = v128.load(at - 2 * stride), q1 = v128.load(at + stride);
  let p0 = v128.load(at - stride), q0 = v128.load(at);
  const near = i8x16.max_u(difference(p1, p0), difference(q1, q0));
  const far = i8x16.max_u(
    i8x16.max_u(difference(p3, p2), difference(p2, p1)), i8x16.max_u(difference(q3, q2), difference(q2, q1)),
  );
  const mask = v128.and(
    within(step_over(p1, p0, q0, q1), i8x16.splat(<i8>edge)), within(i8x16.max_u(near, far), i8x16.splat(<i8>interior)),
  );
  if (!v128.any_true(mask)) return;
  const smooth = within(near, i8x16.splat(<i8>threshold)); // elsewhere the edge has high variance
  p1 = signed(p1); p0 = signed(p0); q0 = signed(q0); q1 = signed(q1);
  const second = i8x16.sub_sat_s(p1, q1);
  if (!outer) {
    const a = v128.and(step_of(v128.andnot(second, smooth), p0, q0), mask), a4 = eighth(a, 4);
    // half of it, rounded up, goes to the second neighbors
    const half = v128.and(i8x16.shr_s(i8x16.add(a4, i8x16.splat(1)), 1), smooth);
    v128.store(at - 2 * stride, signed(i8x16.add_sat_s(p1, half)));
    v128.store(at - stride, signed(i8x16.add_sat_s(p0, eighth(a, 3))));
    v128.store(at, signed(i8x16.sub_sat_s(q0, a4)));
    v128.store(at + stride, signed(i8x16.sub_sat_s(q1, half)));
    return;
  }
  const step = v128.and(step_of(second, p0, q0), mask), sharp = v128.andnot(step, smooth), w = v128.and(step, smooth);
  p0 = i8x16.add_sat_s(p0, eighth(sharp, 3));
  q0 = i8x16.sub_sat_s(q0, eighth(sharp, 4));
  // 27, 18 and 9 times the step, divided by 128
  const by9 = i16x8.splat(9), rounding = i16x8.splat(63);
  const low9 = i16x8.mul(i16x8.extend_low_i8x16_s(w), by9), high9 = i16x8.mul(i16x8.extend_high_i8x16_s(w), by9);
  let low = i16x8.add(low9, rounding), high = i16x8.add(high9, rounding);
  const a9 = part(low, high);
  low = i16x8.add(low, low9); high = i16x8.add(high, high9);
  const a18 = part(low, high);
  const a27 = part(i16x8.add(low, low9), i16x8.add(high, high9));
  v128.store(at - 3 * stride, signed(i8x16.add_sat_s(signed(p2), a9)));
  v128.store(at - 2 * stride, signed(i8x16.add_sat_s(p1, a18)));
  v128.store(at - stride, signed(i8x16.add_sat_s(p0, a27)));
  v128.store(at, signed(i8x16.sub_sat_s(q0, a27)));
  v128.store(at + stride, signed(i8x16.sub_sat_s(q1, a18)));
  v128.store(at + 2 * stride, signed(i8x16.sub_sat_s(signed(q2), a9)));
}

// @ts-ignore: decorator
@inline
function part(low: v128, high: v128): v128 {
  return i8x16.narrow_i16x8_s(i16x8.shr_s(low, 7), i16x8.shr_s(high, 7));
}

/** The normal filter between two macroblocks. */
export function filter_outer(at: usize, stride: usize, edge: u32, interior: u32, threshold: u32): void {
  filter_normal(at, stride, edge, interior, threshold, true);
}

/** The normal filter between subblocks. */
export function filter_inner(at: usize, stride: usize, edge: u32, interior: u32, threshold: u32): void {
  filter_normal(at, stride, edge, interior, threshold, false);
}

// The inverse DCT of libjpeg ("islow"), after Loeffler, Ligtenberg and Moschytz: integers with 13 fraction bits, columns
// first (2 bits more are kept between the passes), then rows. The rounding is part of the format as everybody decodes it.
// Where damaged data overflow, 16-bit lanes wrap or saturate as in the SIMD code that Pillow's wheels run.

const BITS = 13;
const KEPT = 2;

/** c · 2¹³, rounded. */
const C_0_298631336 = 2446;
const C_0_390180644 = 3196;
const C_0_541196100 = 4433;
const C_0_765366865 = 6270;
const C_0_899976223 = 7373;
const C_1_175875602 = 9633;
const C_1_501321110 = 12299;
const C_1_847759065 = 15137;
const C_1_961570560 = 16069;
const C_2_053119869 = 16819;
const C_2_562915447 = 20995;
const C_3_072711026 = 25172;

/**
 * Writes the 8 × 8 samples of one block to `plane` at `to`.
 * `coefficients` [64] from `at` on, in rows; `quantization` [64] multiplies them; `block` [64] is scratch.
 */
export function inverseDct(
  plane: Uint8Array,
  to: number,
  stride: number,
  coefficients: Int16Array,
  at: number,
  quantization: Int32Array,
  block: Int32Array,
): void {
  let ac = 0;
  for (let k = 0; k < 64; k++) {
    block[k] = wrap16(coefficients[at + k] * quantization[k]);
    if (k > 0) ac |= block[k];
  }
  if (ac === 0) fillFlat(plane, to, stride, block[0]);
  else fillBlock(plane, to, stride, block);
}

function fillBlock(plane: Uint8Array, to: number, stride: number, block: Int32Array): void {
  for (let x = 0; x < 8; x++) transform(block, x, 8, BITS - KEPT);
  for (let k = 0; k < 64; k++) block[k] = Math.min(Math.max(block[k], -32768), 32767);
  for (let y = 0; y < 64; y += 8) transform(block, y, 1, BITS + KEPT + 3);
  for (let y = 0, k = 0; y < 8; y++, to += stride) {
    for (let x = 0; x < 8; x++, k++) plane[to + x] = clamp(block[k] + 128);
  }
}

/** What both passes make of a block whose every coefficient but the first is zero. */
function fillFlat(plane: Uint8Array, to: number, stride: number, dc: number): void {
  const value = clamp(((wrap16(dc << KEPT) + 16) >> 5) + 128);
  for (let y = 0; y < 8; y++, to += stride) plane.fill(value, to, to + 8);
}

/** Eight values of `s`, from `at` in steps of `step`, in place; the results lose `shift` fraction bits. */
function transform(s: Int32Array, at: number, step: number, shift: number): void {
  const i1 = at + step;
  const i2 = i1 + step;
  const i3 = i2 + step;
  const i4 = i3 + step;
  const i5 = i4 + step;
  const i6 = i5 + step;
  const i7 = i6 + step;
  const s1 = s[i1];
  const s3 = s[i3];
  const s5 = s[i5];
  const s7 = s[i7];
  // even part
  const half = 1 << (shift - 1);
  const e = Math.imul(s[i2] + s[i6], C_0_541196100);
  const e2 = e - Math.imul(s[i6], C_1_847759065);
  const e3 = e + Math.imul(s[i2], C_0_765366865);
  const e0 = (wrap16(s[at] + s[i4]) << BITS) + half;
  const e1 = (wrap16(s[at] - s[i4]) << BITS) + half;
  // odd part
  const w3 = wrap16(s3 + s7);
  const w4 = wrap16(s1 + s5);
  const z5 = Math.imul(w3 + w4, C_1_175875602);
  const z1 = Math.imul(s1 + s7, C_0_899976223);
  const z2 = Math.imul(s3 + s5, C_2_562915447);
  const z3 = z5 - Math.imul(w3, C_1_961570560);
  const z4 = z5 - Math.imul(w4, C_0_390180644);
  const b0 = Math.imul(s7, C_0_298631336) - z1 + z3;
  const b1 = Math.imul(s5, C_2_053119869) - z2 + z4;
  const b2 = Math.imul(s3, C_3_072711026) - z2 + z3;
  const b3 = Math.imul(s1, C_1_501321110) - z1 + z4;
  s[at] = (e0 + e3 + b3) >> shift;
  s[i7] = (e0 + e3 - b3) >> shift;
  s[i1] = (e1 + e2 + b2) >> shift;
  s[i6] = (e1 + e2 - b2) >> shift;
  s[i2] = (e1 - e2 + b1) >> shift;
  s[i5] = (e1 - e2 - b1) >> shift;
  s[i3] = (e0 - e3 + b0) >> shift;
  s[i4] = (e0 - e3 - b0) >> shift;
}

function wrap16(value: number): number {
  return (value << 16) >> 16;
}

function clamp(value: number): number {
  return value < 0 ? 0 : Math.min(value, 255);
}

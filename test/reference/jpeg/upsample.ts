import type { JpegPlane, JpegPlanes } from './jpegPlanes.ts';

/** Gives row `y` of a component at the size of the picture; the array is good until the next call. */
export type RowReader = (y: number) => Uint8Array;

/**
 * How a component becomes as large as the picture, as libjpeg does by default: by 2 with a triangle filter ("fancy
 * upsampling": each sample lies ¾ to the nearer and ¼ to the farther neighbor), by other factors by repeating samples.
 */
export function rowReader(plane: JpegPlane, { h, v }: JpegPlanes): RowReader {
  const factorX = h / plane.component.h;
  const factorY = v / plane.component.v;
  const stride = plane.blocksX * 8;
  const rowAt = (y: number) => plane.samples.subarray(y * stride, (y + 1) * stride);
  const out = new Uint8Array(stride * factorX);
  const sums = new Uint16Array(stride);
  const smooth = factorX === 2 && factorY <= 2 && plane.width > 2;
  if (factorX === 1 && factorY === 1) return rowAt;
  if (factorX === 1 && factorY === 2) return (y) => divided(out, verticalSums(sums, plane, y), y & 1 ? 2 : 1);
  if (smooth && factorY === 1) return (y) => widened(out, rowAt(y), plane.width, 1, 2);
  if (smooth) return (y) => widened(out, verticalSums(sums, plane, y), plane.width, 8, 4);
  return (y) => repeated(out, rowAt(Math.floor(y / factorY)), factorX);
}

/** 3 · the nearer row + the farther one, for row y of twice as many; rows beyond the edge are the edge's. */
function verticalSums(sums: Uint16Array, { samples, blocksX, height }: JpegPlane, y: number): Uint16Array {
  const near = y >> 1;
  const far = Math.min(Math.max(y & 1 ? near + 1 : near - 1, 0), height - 1);
  const nearAt = near * blocksX * 8;
  const farAt = far * blocksX * 8;
  for (let x = 0; x < sums.length; x++) sums[x] = 3 * samples[nearAt + x] + samples[farAt + x];
  return sums;
}

function divided(out: Uint8Array, sums: Uint16Array, bias: number): Uint8Array {
  for (let x = 0; x < sums.length; x++) out[x] = (sums[x] + bias) >> 2;
  return out;
}

/**
 * Twice as many columns: (3·here + left + bias) and (3·here + right + other bias), over 2^shift. The two biases, which
 * libjpeg alternates so that rounding has no drift, add up to 2^shift − 1.
 */
function widened(
  out: Uint8Array,
  from: Uint8Array | Uint16Array,
  width: number,
  bias: number,
  shift: number,
): Uint8Array {
  const otherBias = (1 << shift) - 1 - bias;
  for (let x = 0; x < width; x++) {
    const here = 3 * from[x];
    out[2 * x] = (here + from[x === 0 ? 0 : x - 1] + bias) >> shift;
    out[2 * x + 1] = (here + from[x === width - 1 ? x : x + 1] + otherBias) >> shift;
  }
  return out;
}

function repeated(out: Uint8Array, from: Uint8Array, factor: number): Uint8Array {
  for (let x = 0; x < out.length; x++) out[x] = from[Math.floor(x / factor)];
  return out;
}

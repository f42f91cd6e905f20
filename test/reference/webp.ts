// The kernels of the WebP decoder in plain loops, as RFC 6386 and RFC 9649 state them.

/** A plane of bytes: `pixels[y * stride + x]`, with room around. */
export interface Plane {
  readonly pixels: Uint8Array;
  readonly stride: number;
}

const byte = (x: number) => Math.max(0, Math.min(255, x));
const signedByte = (x: number) => Math.max(-128, Math.min(127, x));
const i16 = (x: number) => (x << 16) >> 16;

/** The inverse transform of one block, added to 4 × 4 pixels (RFC 6386, section 14.3). */
export function addBlock(block: ArrayLike<number>, { pixels, stride }: Plane, at: number): void {
  const sin = (x: number) => (x * 35468) >> 16;
  const cos = (x: number) => x + ((x * 20091) >> 16);
  const columns: number[] = [];
  const turn = (from: ArrayLike<number>, i: number, step: number, bias: number) => {
    const [p, q, r, s] = [0, 1, 2, 3].map((k) => from[i + k * step]);
    const [a, b, c, d] = [p + bias + r, p + bias - r, sin(q) - cos(s), cos(q) + sin(s)];
    return [a + d, b + c, b - c, a - d].map(i16);
  };
  for (let x = 0; x < 4; x++) for (const [y, v] of turn(block, x, 4, 0).entries()) columns[4 * y + x] = v;
  for (let y = 0; y < 4; y++) {
    for (const [x, v] of turn(columns, 4 * y, 1, 4).entries()) {
      pixels[at + y * stride + x] = byte(pixels[at + y * stride + x] + (v >> 3));
    }
  }
}

/** The inverse Walsh-Hadamard transform (section 14.3). */
export function spreadDcs(block: ArrayLike<number>): number[] {
  const turn = (from: ArrayLike<number>, i: number, step: number, bias: number) => {
    const [p, q, r, s] = [0, 1, 2, 3].map((k) => from[i + k * step] + (k === 0 ? bias : 0));
    const [a, b, c, d] = [p + s, q + r, q - r, p - s];
    return [a + b, c + d, a - b, d - c];
  };
  const columns: number[] = [];
  for (let x = 0; x < 4; x++) for (const [y, v] of turn(block, x, 4, 0).entries()) columns[4 * y + x] = v;
  return [0, 4, 8, 12].flatMap((y) => turn(columns, y, 1, 3).map((v) => v >> 3));
}

/** 0 DC, 1 vertical, 2 horizontal, 3 TrueMotion (section 12.2). */
export function predict(
  mode: number,
  { pixels, stride }: Plane,
  at: number,
  size: number,
  hasAbove: boolean,
  hasLeft: boolean,
): void {
  const above = Array.from({ length: size }, (_, x) => pixels[at - stride + x]);
  const left = Array.from({ length: size }, (_, y) => pixels[at - 1 + y * stride]);
  const corner = pixels[at - stride - 1];
  const known = [...(hasAbove ? above : []), ...(hasLeft ? left : [])];
  const sum = known.reduce((a, b) => a + b, 0);
  const dc = known.length > 0 ? Math.floor((sum + known.length / 2) / known.length) : 128;
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      pixels[at + y * stride + x] = [dc, above[x], left[y], byte(left[y] + above[x] - corner)][mode];
    }
  }
}

/** Modes in the order of section 11.2: DC, TM, VE, HE, LD, RD, VR, VL, HD, HU. */
export function predictSubblock(mode: number, { pixels, stride }: Plane, at: number, right: number): void {
  const a = (x: number) => (x < 4 ? pixels[at - stride + x] : pixels[right + Math.min(x, 7) - 4]);
  const l = (y: number) => (y < 0 ? a(-1) : pixels[at - 1 + Math.min(y, 3) * stride]);
  /** The edge as one row: −1 is the corner, 0 and up are above, −2 and down to the left. */
  const e = (i: number) => (i >= -1 ? a(i) : l(-2 - i));
  const two = (i: number) => (e(i) + e(i + 1) + 1) >> 1;
  const three = (i: number) => (e(i - 1) + 2 * e(i) + e(i + 1) + 2) >> 2;
  let dc = 4;
  for (let i = 0; i < 4; i++) dc += a(i) + l(i);
  const plain: readonly ((x: number, y: number) => number)[] = [
    () => dc >> 3,
    (x, y) => byte(l(y) + a(x) - a(-1)),
    (x) => three(x),
    (_, y) => (y < 3 ? three(-2 - y) : (l(2) + 3 * l(3) + 2) >> 2),
    (x, y) => three(x + y + 1),
    (x, y) => three(x - y - 1),
  ];
  const put = (x: number, y: number, value: number) => {
    pixels[at + y * stride + x] = value;
  };
  const diagonal: Readonly<Record<number, (x: number, y: number) => number>> = {
    6: (x, y) => {
      const i = x - (y >> 1);
      if (i < 0) return three(y === 2 ? -2 : -3);
      return y & 1 ? three(i - 1) : two(i - 1);
    },
    7: (x, y) => {
      if (x === 3 && y >= 2) return three(y === 2 ? 5 : 6);
      const i = x + (y >> 1);
      return y & 1 ? three(i + 1) : two(i);
    },
    8: (x, y) => {
      const i = 2 * y - x;
      if (i < -1) return three(-i - 2);
      return i & 1 ? three(-1 - ((i + 1) >> 1)) : two(-2 - (i >> 1));
    },
    9: (x, y) => {
      const i = x + 2 * y;
      if (i > 5) return l(3);
      return i & 1 ? three(-3 - (i >> 1)) : two(-3 - (i >> 1));
    },
  };
  const values = Array.from({ length: 16 }, (_, i) => (diagonal[mode] ?? plain[mode])(i & 3, i >> 2));
  for (const [i, value] of values.entries()) put(i & 3, i >> 2, value);
}

/** One position of an edge: `p[0]` to `p[3]` before it, `q` behind it, from the edge on. */
interface Edge {
  readonly p: number[];
  readonly q: number[];
}

function edgeAt({ pixels, stride }: Plane, at: number): Edge {
  const read = (step: number, first: number) => [0, 1, 2, 3].map((i) => pixels[at + first + i * step]);
  return { p: read(-stride, -stride), q: read(stride, 0) };
}

function putEdge({ pixels, stride }: Plane, at: number, { p, q }: Edge): void {
  for (let i = 0; i < 4; i++) {
    pixels[at - (i + 1) * stride] = p[i];
    pixels[at + i * stride] = q[i];
  }
}

const stepOver = ({ p, q }: Edge) => 2 * Math.abs(p[0] - q[0]) + (Math.abs(p[1] - q[1]) >> 1);

/** Moves p[i] and q[i] towards each other, in signed bytes. */
function move({ p, q }: Edge, i: number, up: number, down: number): void {
  p[i] = signedByte(p[i] - 128 + up) + 128;
  q[i] = signedByte(q[i] - 128 - down) + 128;
}

/** The filter of two pixels; gives what it moved q by (section 15.2). */
function common(edge: Edge, withOuter: boolean): number {
  const { p, q } = edge;
  const a = signedByte((withOuter ? signedByte(p[1] - q[1]) : 0) + 3 * (q[0] - p[0]));
  const down = signedByte(a + 4) >> 3;
  move(edge, 0, signedByte(a + 3) >> 3, down);
  return down;
}

/** The three filters of section 15 at `count` positions of a horizontal edge. */
export function filterEdge(
  kind: 'simple' | 'inner' | 'outer',
  plane: Plane,
  at: number,
  count: number,
  limits: { readonly edge: number; readonly interior: number; readonly threshold: number },
): void {
  for (let x = 0; x < count; x++) {
    const edge = edgeAt(plane, at + x);
    filterOne(kind, edge, limits);
    putEdge(plane, at + x, edge);
  }
}

function filterOne(
  kind: 'simple' | 'inner' | 'outer',
  edge: Edge,
  limits: { readonly edge: number; readonly interior: number; readonly threshold: number },
): void {
  const { p, q } = edge;
  if (stepOver(edge) > limits.edge) return;
  if (kind === 'simple') {
    common(edge, true);
    return;
  }
  const steps = [0, 1, 2].flatMap((i) => [Math.abs(p[i] - p[i + 1]), Math.abs(q[i] - q[i + 1])]);
  if (steps.some((step) => step > limits.interior)) return;
  const sharp = Math.max(steps[0], steps[1]) > limits.threshold;
  if (kind === 'inner') {
    const moved = common(edge, sharp);
    if (!sharp) move(edge, 1, (moved + 1) >> 1, (moved + 1) >> 1);
    return;
  }
  if (sharp) {
    common(edge, true);
    return;
  }
  const w = signedByte(signedByte(p[1] - q[1]) + 3 * (q[0] - p[0]));
  for (const [i, factor] of [27, 18, 9].entries()) {
    const a = signedByte((factor * w + 63) >> 7);
    move(edge, i, a, a);
  }
}

/** RGB of one pixel from luma and interpolated chroma. */
export function rgbOf(y: number, u: number, v: number): number[] {
  const times = (x: number, factor: number) => (x * factor) >> 8;
  const [r, g, b] = [
    times(y, 19077) + times(v, 26149) - 14234,
    times(y, 19077) - times(u, 6419) - times(v, 13320) + 8708,
    times(y, 19077) + times(u, 33050) - 17685,
  ];
  return [r, g, b].map((x) => byte(x >> 6));
}

/** A chroma sample between the near and the far row, at pixel `x`: 9, 3, 3 and 1 sixteenths. */
export function chromaAt(near: ArrayLike<number>, far: ArrayLike<number>, x: number): number {
  const own = x >> 1;
  const other = Math.max(0, Math.min(near.length - 1, own + (x & 1 ? 1 : -1)));
  return (9 * near[own] + 3 * near[other] + 3 * far[own] + far[other] + 8) >> 4;
}

/** What a predictor of the lossless format makes of its neighbors, for one of the four bytes (RFC 9649, section 4.1). */
export function predictPixel(
  mode: number,
  [left, top, topRight, topLeft]: readonly (readonly number[])[],
): readonly number[] {
  const each = (of: (i: number) => number) => [0, 1, 2, 3].map(of);
  const mean = (a: readonly number[], b: readonly number[]) => each((i) => (a[i] + b[i]) >> 1);
  const distance = (a: readonly number[]) => each((i) => Math.abs(a[i] - topLeft[i])).reduce((x, y) => x + y);
  const gradient = each((i) => byte(left[i] + top[i] - topLeft[i]));
  const average = mean(left, top);
  const half = each((i) => byte(average[i] + Math.trunc((average[i] - topLeft[i]) / 2)));
  const all = [
    [0, 0, 0, 255],
    left,
    top,
    topRight,
    topLeft,
    mean(mean(left, topRight), top),
    mean(left, topLeft),
    average,
    mean(topLeft, top),
    mean(top, topRight),
    mean(mean(left, topLeft), mean(top, topRight)),
    distance(top) < distance(left) ? left : top,
    gradient,
    half,
  ];
  return all[mode] ?? all[0];
}

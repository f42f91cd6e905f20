import type { RgbPixels } from './pixels.ts';

/** How the axes of a stored picture become those of the upright one: each may be mirrored, then both may change places. */
export interface StoredAxes {
  readonly mirroredX: boolean;
  readonly mirroredY: boolean;
  readonly transposed: boolean;
}

/** The axes that an EXIF orientation means. */
export function storedAxes(orientation: number): StoredAxes {
  return {
    mirroredX: [2, 3, 7, 8].includes(orientation),
    mirroredY: [3, 4, 6, 7].includes(orientation),
    transposed: orientation >= 5,
  };
}

/**
 * Turns and mirrors a picture upright, given its EXIF orientation:
 * 2 mirrored, 3 upside down, 4 flipped, 5 transposed, 6 to be turned right, 7 transversed, 8 to be turned left.
 */
export function orient(image: RgbPixels, orientation: number): RgbPixels {
  for (const work = turnUpright(image, orientation); ; ) {
    const { value, done } = work.next();
    if (done) return value;
  }
}

/** Pixels moved in one go: some milliseconds. */
const PIXELS_MOVED_AT_ONCE = 1 << 18;

/** {@link orient} with pauses. */
export function* turnUpright(image: RgbPixels, orientation: number): Generator<undefined, RgbPixels> {
  const { width: w, height: h, data } = image;
  // where the upright picture's first pixel is, and the way from pixel to pixel along its x and y, in pixels
  const walks: Readonly<Record<number, readonly [start: number, alongX: number, alongY: number]>> = {
    2: [w - 1, -1, w],
    3: [w * h - 1, -1, -w],
    4: [(h - 1) * w, 1, -w],
    5: [0, w, 1],
    6: [(h - 1) * w, -w, 1],
    7: [w * h - 1, -w, -1],
    8: [w - 1, w, -1],
  };
  const walk = walks[orientation];
  if (!walk) return image;
  const [width, height] = orientation >= 5 ? [h, w] : [w, h];
  const out = new Uint8Array(data.length);
  const rowsAtOnce = Math.ceil(PIXELS_MOVED_AT_ONCE / width);
  for (let y = 0, o = 0; y < height; y++) {
    if (y % rowsAtOnce === 0) yield;
    let at = (walk[0] + y * walk[2]) * 3;
    for (let x = 0; x < width; x++, o += 3, at += walk[1] * 3) {
      out[o] = data[at];
      out[o + 1] = data[at + 1];
      out[o + 2] = data[at + 2];
    }
  }
  return { data: out, width, height, channels: 3 };
}

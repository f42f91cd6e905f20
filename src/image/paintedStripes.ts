import type { PictureCore, Stripe } from './pictureCore.ts';

/** Pixels painted in one go: some milliseconds. */
export const PIXELS_AT_ONCE = 1 << 17;

/** Writes rows [first, first + count) as RGB to `out`. */
export type RowPainter = (first: number, count: number, out: Uint8Array) => void;

/** Stripes of a picture that TypeScript decodes: its rows are painted into the memory of the core. */
export function* paintedStripes(
  { width, height }: { readonly width: number; readonly height: number },
  { arena }: PictureCore,
  paint: RowPainter,
): Generator<Stripe, void> {
  const rows = Math.min(height, Math.max(1, Math.floor(PIXELS_AT_ONCE / width)));
  const at = arena.reserve(rows * width * 3);
  arena.commit();
  for (let first = 0; first < height; first += rows) {
    const count = Math.min(rows, height - first);
    paint(first, count, arena.u8(at, count * width * 3));
    yield { first, count, at };
  }
}

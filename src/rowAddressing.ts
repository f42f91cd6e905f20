import type { FeatureMap, Kinds } from './backend.ts';

/** From one row of x to the next, for every row of `out`: a single one is repeated. */
export function rowStep(out: { readonly rows: number }, x: { readonly rows: number; readonly stride: number }): number {
  return x.rows === 1 && out.rows > 1 ? 0 : x.stride;
}

/** The rows of the tensor, [begin, end), around a map of step 1 and pitch width + 2. */
export function borderRows({
  height,
  origin,
  pitch,
}: Pick<FeatureMap<Kinds>, 'height' | 'origin' | 'pitch'>): [begin: number, end: number][] {
  const first = origin - pitch - 1;
  // the right edge of an image row and the left edge of the next are side by side
  const sides = Array.from({ length: height }, (_, y): [number, number] => {
    const next = origin + (y + 1) * pitch;
    return [next - 2, next];
  });
  return [[first, origin], ...sides, [origin + height * pitch, first + (height + 2) * pitch]];
}

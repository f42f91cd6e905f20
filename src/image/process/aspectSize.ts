import type { AspectSize, Size } from './readField.ts';

/** What a picture is resized to. */
export function targetSize(wanted: Size | AspectSize, picture: Size): Size {
  return 'width' in wanted ? wanted : aspectSize(wanted, picture);
}

/**
 * The size that a picture is resized to when the config names edges and not a size, to the pixel as transformers 5 computes
 * it: both sides scaled alike, fractions dropped, except that a shorter edge that `longest_edge` cuts is rounded.
 */
export function aspectSize(wanted: AspectSize, { width, height }: Size): Size {
  const [short, long] = [Math.min(width, height), Math.max(width, height)];
  const upright = (a: number, b: number): Size => (width <= height ? { width: a, height: b } : { width: b, height: a });
  if ('max_height' in wanted) {
    const scale = Math.min(wanted.max_height / height, wanted.max_width / width);
    return { height: Math.trunc(height * scale), width: Math.trunc(width * scale) };
  }
  const { shortest_edge: edge, longest_edge: most = Number.POSITIVE_INFINITY } = wanted;
  const cut = (long / short) * edge > most ? (most * short) / long : null;
  const side = cut === null ? edge : roundHalfEven(cut);
  return side === short ? { width, height } : upright(side, Math.trunc(((cut ?? edge) * long) / short));
}

/** As Python rounds. */
export function roundHalfEven(x: number): number {
  const down = Math.floor(x);
  return x - down === 0.5 ? down + (down % 2) : Math.round(x);
}

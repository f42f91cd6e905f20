const BOUNDS: Readonly<Record<string, number>> = { loss: 1e-5, 'BeitForSemanticSegmentation.logits': 1e-4 };
const EVERYTHING_ELSE = 2e-5;
const RELATIVE = 2e-6;
/** Meters up to 80, as sums over bins and attractors whose f32 terms cancel: torch itself is up to 6e-5 from f64. */
const RELATIVE_OF_METERS = 2e-5;

/**
 * How far an f32 output may be from that of torch. The bounds are for values of about one; random heads reach a hundred,
 * where f32 itself steps by 8e−6, so the largest value counts too.
 */
export function boundOf(className: string, output: string, expected: ArrayLike<number>): number {
  const name = `${className.replace('Data2VecVision', 'Beit')}.${output}`;
  const largest = Array.from(expected, (x) => Math.abs(x) || 0).reduce((a, b) => Math.max(a, b), 0);
  const relative = name === 'ZoeDepthForDepthEstimation.predicted_depth' ? RELATIVE_OF_METERS : RELATIVE;
  return Math.max(BOUNDS[name] ?? BOUNDS[output] ?? EVERYTHING_ELSE, relative * largest);
}

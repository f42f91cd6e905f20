/**
 * Row of the relative bias table for token i looking at token j, token 0 the class token: patches by their distance in y
 * and x, counted from the most negative; then class → patch, patch → class and class → class.
 */
export function relativeIndex(i: number, j: number, { height, width }: { height: number; width: number }): number {
  const distances = (2 * height - 1) * (2 * width - 1);
  if (i === 0 && j === 0) return distances + 2;
  if (i === 0) return distances;
  if (j === 0) return distances + 1;
  const [yi, xi, yj, xj] = [Math.floor((i - 1) / width), (i - 1) % width, Math.floor((j - 1) / width), (j - 1) % width];
  return (yi - yj + height - 1) * (2 * width - 1) + (xi - xj + width - 1);
}

/** Pixels by which ZoeDepth's processor mirrors a picture beyond each edge of an axis, whose border would be estimated badly. */
export function reflectPadding(side: number): number {
  return Math.trunc(Math.sqrt(side / 2) * 3);
}

const f = Math.fround;

/**
 * The neighbor before output `i` along an axis that is resized linearly, corners aligned, and the share of the neighbor behind it,
 * rounded where torch rounds.
 */
export function alignedTap(i: number, from: number, to: number): readonly [low: number, share: number] {
  const source = to > 1 ? f(f((from - 1) / (to - 1)) * i) : 0;
  const low = Math.min(Math.floor(source), from - 1);
  return [low, f(source - low)];
}

/** Stands in until core-as/simd/activation.ts is there: relu alone. */
export function activate(kind: i32, x: v128): v128 {
  return kind == 5 ? f32x4.max(x, f32x4.splat(0)) : x;
}

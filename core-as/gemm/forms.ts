// The same sums as different instructions: what is fast on one processor is slow on another. The host calls `choose_form`
// (core-as/probes.ts) once, and sets `form` in every other instance of the core. No result depends on it.

/** How the micro-kernels read a row of the LHS, and how the relaxed build multiplies integers. */
export const enum Form {
  /** One value of a row at a time, spread by the load; integers by the relaxed dot of four. */
  splat,
  /** The same with the relaxed dot of pairs, for x64 without AVX-VNNI. */
  pairs,
  /** A vector of a row at a time, spread lane by lane, for ARM: its multiplication takes a lane as an operand. */
  lanes,
}

export let form: i32 = Form.splat;

export function set_form(chosen: i32): void {
  form = chosen;
}

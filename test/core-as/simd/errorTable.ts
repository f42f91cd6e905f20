import { ACTIVATIONS } from '../../../src/activations.ts';
import { activations } from '../../reference/activation.ts';
import { erf } from '../../reference/special.ts';
import { fromBits, ulpError } from '../../reference/ulp.ts';
import type { Lane, Probe } from '../probe.ts';

/** The largest error of one function, and where. */
export interface LaneError {
  readonly lane: Lane;
  readonly worst: number;
  readonly at: number;
}

/** Every `step`-th of all 2³² floats, NaNs and infinities left out, through each function of the lanes stratum. */
export function errorTable(probe: Probe, step: number): LaneError[] {
  const x = Float32Array.from({ length: Math.ceil(2 ** 32 / step) }, (_, i) => fromBits(i * step)).filter(
    Number.isFinite,
  );
  const small = x.filter((value) => Math.abs(value) <= 80);
  return [
    worstError(probe, 'exp', x, Math.exp),
    worstError(probe, 'expm1', small, Math.expm1),
    worstError(probe, 'erf', x, erf),
    ...ACTIVATIONS.map((kind) => worstError(probe, kind, x, activations[kind], kind === 'laplace' ? 0.5 : 0)),
  ];
}

/** `floor`: results nearer to 0 than this are held to the ulp of this. */
function worstError(probe: Probe, lane: Lane, x: Float32Array, exact: (x: number) => number, floor = 0): LaneError {
  const got = probe.map(lane, x);
  let [worst, at] = [0, 0];
  for (let i = 0; i < x.length; i++) {
    const error = ulpError(got[i], exact(x[i]), floor);
    if (error > worst) [worst, at] = [error, x[i]];
  }
  return { lane, worst, at };
}

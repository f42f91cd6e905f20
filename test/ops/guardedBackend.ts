import type { Backend, Kinds } from '../../src/backend.ts';
import { wasmBackend } from '../../src/wasm/backend.ts';
import type { Dispatch, RangeCall } from '../../src/wasm/dispatch.ts';
import type { Kernels } from '../../src/wasm/kernels.ts';
import type { WasmTensor } from '../../src/wasm/kinds.ts';
import { type Core, loadCores } from '../core-as/core.ts';
import { agree, type Op } from './op.ts';

/**
 * Runs `op` on every build of the core, the one with assertions too, and compares with the plain loops. Every kernel runs in two
 * parts, the later one first, as threads may run it, and may write nothing but its output and its scratch buffer. Memory is
 * full of a pattern before, so that reads of unset memory show.
 */
export async function agreeOnCores(op: Op, tolerance: number): Promise<void> {
  for (const core of cores) await agree(guarded(core), guardedOp(core, op), tolerance);
}

const cores = loadCores();

function guarded(core: Core): Backend<Kinds> {
  return wasmBackend(core.kernels, core.kernels.memory, inTwoParts(core.kernels)) as unknown as Backend<Kinds>;
}

function inTwoParts(kernels: Kernels): Dispatch {
  return {
    threads: 1,
    run(kernel, extent, args) {
      const cut = Math.ceil(extent / 3);
      const call = kernels[kernel] as RangeCall;
      call(cut, extent, ...args);
      call(0, cut, ...args);
    },
    check: () => {},
    ready: async () => {},
    fallbackReason: '',
    dispose: () => {},
  };
}

/** `op`, and on the core the check of what it writes: below the mark, where scratch begins, its output alone. */
function guardedOp(core: Core, op: Op): Op {
  return (backend) => {
    const made = op(backend);
    if (backend.name !== 'wasm') return made;
    const { at, rows, stride } = made.out as WasmTensor;
    const fill = () => {
      core.reset();
      made.fill();
    };
    const run = () => core.writesOnly([[at, 4 * rows * stride]], made.run, backend.mark());
    return { fill, run, out: made.out };
  };
}

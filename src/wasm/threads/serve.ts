import { instantiateShared } from '../core.ts';
import type { RangeCall } from '../dispatch.ts';
import { argsOf, type Command, Control, GENERATION, partyOf, SLEEPERS, STOP } from './control.ts';
import { share } from './share.ts';
import { spinWhile } from './spin.ts';

/** What a worker is started with. The module is compiled; memory and control block are shared with the leader. */
export interface WorkerStart {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly control: SharedArrayBuffer;
  /** This worker's number, from 1; the leader is thread 0. */
  readonly index: number;
  readonly threads: number;
  /** How long to spin before blocking, in milliseconds. */
  readonly spin: number;
  /** `form` of the leader's core. */
  readonly form: number;
}

/**
 * Makes a worker ready and returns its main loop, which computes a part of every command until the one to stop, without
 * returning to the event loop. An exception is recorded in the control block before it terminates the worker.
 */
export function prepare(start: WorkerStart): () => void {
  const { index, threads, form } = start;
  const control = new Control(threads, start.control);
  const core = instantiateShared(start.module, start.memory);
  core.form.value = form;
  const kernels = Object.values(core) as RangeCall[];
  return () => {
    try {
      for (let generation = 0, { spin } = start; ; ) {
        generation = next(control, generation, spin);
        const party = partyOf(generation);
        // a thread without a part in a command sleeps at once and leaves its processor to others
        spin = index < party ? start.spin : 0;
        if (index >= party) continue;
        control.accept(index, generation);
        const command = control.command();
        if (command.kernel === STOP) return;
        runPart(kernels[command.kernel], command, index, party);
        control.finish();
      }
    } catch (error) {
      control.fail(index);
      throw error;
    }
  };
}

/** Waits for a generation other than `seen`. */
function next({ words }: Control, seen: number, spin: number): number {
  while (!spinWhile(words, GENERATION, seen, spin)) {
    Atomics.add(words, SLEEPERS, 1);
    Atomics.wait(words, GENERATION, seen);
    Atomics.sub(words, SLEEPERS, 1);
  }
  return Atomics.load(words, GENERATION);
}

/** The part of `command` that belongs to thread `index`. */
export function runPart(kernel: RangeCall, command: Command, index: number, threads: number): void {
  const [begin, end] = share(command.extent, command.grain, index, threads);
  if (begin < end) kernel(begin, end, ...argsOf(index, command.args, command.scratchBytes));
}

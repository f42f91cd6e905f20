import { setFlagsFromString } from 'node:v8';

const FLAG = 'experimental-wasm-revectorize';

/** V8's vectors of 256 bits; its flags hold for the whole process. */
export const wideVectors = {
  /**
   * Why there are none here, or ''. V8 up to 12.4 (Node 22) knows the flag and joins nothing in these kernels; 14.6 (Node 26) ends the
   * process ("unreachable code") when it compiles those of q4.
   */
  missing: (): string => {
    const { v8, node } = process.versions;
    if (process.arch !== 'x64') return `V8 has none on ${process.arch}`;
    return v8.startsWith('13.') ? '' : `expected Node 24, got Node ${node}`;
  },
  /** Code that is optimized from now on joins vectors, or does not. */
  set: (on: boolean): void => setFlagsFromString(`--${on ? '' : 'no-'}${FLAG}`),
  /** Runs `work`, in which every function that is called often is optimized at once instead of in the background. */
  optimized: <T>(work: () => T): T => {
    setFlagsFromString('--wasm-sync-tier-up');
    try {
      return work();
    } finally {
      setFlagsFromString('--no-wasm-sync-tier-up');
    }
  },
};

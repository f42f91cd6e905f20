import type { JpegFrame } from './jpegFrame.ts';
import type { JpegScan } from './jpegScan.ts';

/** The first coefficients of a block in the order of the file, of which libjpeg knows the precision. */
const WATCHED = 10;
/** Where those are in rows. */
const PLACES = [0, 1, 8, 16, 9, 2, 3, 10, 17, 24];

/**
 * How exactly the scans of a progressive file have told the first coefficients of each component: how many low bits are not
 * known, −1 for all; after the last scan, and before it.
 */
export class JpegPrecision {
  readonly #now: Int32Array[];
  readonly #before: Int32Array[];
  #scans = 0;

  constructor({ components }: JpegFrame) {
    this.#now = components.map(() => new Int32Array(64).fill(-1));
    this.#before = components.map(() => new Int32Array(64));
  }

  /** Takes in a scan that is about to be read. */
  add({ parts, spectrum: { from, to, low } }: JpegScan): void {
    this.#scans++;
    for (const { component } of parts) {
      const [now, before] = [this.#now[component], this.#before[component]];
      for (let k = Math.min(from, 1); k <= Math.max(to, WATCHED - 1); k++) before[k] = this.#scans > 1 ? now[k] : 0;
      now.fill(low, from, to + 1);
    }
  }

  /** The precision of a component for the core, [2, 10]. */
  of(component: number): Int32Array {
    const before = this.#scans > 1 ? this.#before[component].subarray(0, WATCHED) : new Int32Array(WATCHED).fill(-1);
    const both = new Int32Array(2 * WATCHED);
    both.set(this.#now[component].subarray(0, WATCHED));
    both.set(before, WATCHED);
    return both;
  }

  /**
   * Whether libjpeg smooths between the blocks: something of the AC coefficients is missing, every component has a first
   * coefficient, and no step that it would divide by is 0.
   */
  asksForSmoothing(quantization: readonly (Uint16Array | undefined)[]): boolean {
    const able = this.#now.every((now, i) => now[0] >= 0 && PLACES.every((place) => quantization[i]?.[place]));
    return able && this.#now.some((now) => now.subarray(1, WATCHED).some((bits) => bits !== 0));
  }
}

const KINDS = [
  'ArrayBuffer',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int8Array',
  'Uint16Array',
  'Int16Array',
  'Uint32Array',
  'Int32Array',
  'Float32Array',
  'Float64Array',
] as const;
type Made = Uint8Array | ArrayBuffer;
type Constructor = { new (...args: unknown[]): Made; readonly BYTES_PER_ELEMENT?: number };

/**
 * Counts what buffers and typed arrays are asked for from here until it is disposed of: a fact where the memory of the
 * process and the time it takes depend on what else runs. Views cost nothing.
 *
 * @example
 * using allocations = new Allocations();
 * decode(bytes);
 * assert.ok(allocations.bytes < 1e6);
 */
export class Allocations implements Disposable {
  bytes = 0;
  readonly #originals = new Map<string, Constructor>();

  constructor() {
    const all = globalThis as unknown as Record<string, Constructor>;
    for (const kind of KINDS) {
      const original = all[kind];
      this.#originals.set(kind, original);
      all[kind] = new Proxy(original, {
        construct: (target, args, proxy) => {
          const [first] = args;
          const size = target.BYTES_PER_ELEMENT ?? 1;
          // before it is made: what cannot be had was asked for all the same
          if (typeof first === 'number') this.bytes += first * size;
          const made = Reflect.construct(target, args, proxy === all[kind] ? target : proxy) as Made;
          if (typeof first === 'object' && !isBuffer(first)) this.bytes += made.byteLength;
          return made;
        },
      });
    }
  }

  [Symbol.dispose](): void {
    Object.assign(globalThis, Object.fromEntries(this.#originals));
  }
}

function isBuffer(value: unknown): boolean {
  return /^\[object (Shared)?ArrayBuffer\]$/.test(Object.prototype.toString.call(value));
}

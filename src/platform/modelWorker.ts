/** One end of a pair that messages cross: a `Worker`, its global scope, or a `MessagePort`. */
export interface Port {
  postMessage(message: unknown, transfer: Transferable[]): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  /** Keeps the process alive while an answer is awaited; `unref` lets it exit. Only where a process has an end. */
  ref?(): void;
  unref?(): void;
}

/** A worker in which a model lives, served there by `src/hosting/serveModel.ts`. */
export interface ModelWorker {
  readonly port: Port;
  /** What it returns resolves once the worker computes no more. */
  terminate(): unknown;
}

/**
 * Starts such a worker; `onFailure` is called when it terminates or cannot start. `#modelWorker` resolves to one, or to null. It is not a
 * part of the platform, because the script of the worker contains that: it would name itself, and a bundler that follows
 * `new Worker(new URL(…))` would never end.
 */
export type StartModelWorker = (onFailure: (cause: unknown) => void) => ModelWorker;

import { BeitError, type ErrorCode, reason } from '../errors.ts';
import type { Port } from '../platform/modelWorker.ts';

/** What one end does when the other calls. `signal` fires when the caller aborts. */
// biome-ignore lint/suspicious/noExplicitAny: each method has its own argument, checked where both ends are written
export type Methods = Readonly<Record<string, (argument: any, signal: AbortSignal) => unknown>>;

type Message =
  | { readonly kind: 'call'; readonly id: number; readonly method: string; readonly argument: unknown }
  | { readonly kind: 'return'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'throw'; readonly id: number; readonly error: WireError }
  | { readonly kind: 'abort'; readonly id: number };

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Wraps what a method returns, to hand `transfer` over instead of copying it. */
export class Transferred {
  readonly value: unknown;
  readonly transfer: Transferable[];

  constructor(value: unknown, transfer: Transferable[]) {
    this.value = value;
    this.transfer = transfer;
  }
}

/** Calls across a port, in both directions. Nothing but plain data, errors and abort signals crosses. */
export class Channel {
  readonly #port: Port;
  readonly #methods: Methods;
  readonly #pending = new Map<number, Pending>();
  readonly #running = new Map<number, AbortController>();
  #next = 0;
  #closed: BeitError | null = null;

  constructor(port: Port, methods: Methods) {
    this.#port = port;
    this.#methods = methods;
    port.addEventListener('message', ({ data }) => this.#receive(data as Message));
  }

  /** Runs `method` on the other end. @throws what it throws there, and the reason the channel was closed with. */
  call<T>(method: string, argument: unknown, signal?: AbortSignal, transfer: Transferable[] = []): Promise<T> {
    const id = this.#next++;
    const abort = () => this.#post({ kind: 'abort', id });
    const answer = new Promise<unknown>((resolve, reject) => {
      if (this.#closed) throw this.#closed;
      this.#pending.set(id, { resolve, reject });
      this.#port.ref?.();
      this.#post({ kind: 'call', id, method, argument }, transfer);
      signal?.addEventListener('abort', abort);
      if (signal?.aborted) abort();
    });
    return answer.finally(() => {
      this.#pending.delete(id);
      if (this.#pending.size === 0) this.#port.unref?.();
      signal?.removeEventListener('abort', abort);
    }) as Promise<T>;
  }

  /** Why nothing crosses any more, or null. */
  get closed(): BeitError | null {
    return this.#closed;
  }

  /** Nothing crosses any more: what is pending, and every later call, is rejected with `reason`. */
  close(reason: BeitError): void {
    this.#closed ??= reason;
    for (const { reject } of this.#pending.values()) reject(this.#closed);
  }

  #post(message: Message, transfer: Transferable[] = []): void {
    if (!this.#closed) this.#port.postMessage(message, transfer);
  }

  #receive(message: Message): void {
    if (message.kind === 'call') void this.#serve(message);
    else if (message.kind === 'abort') this.#running.get(message.id)?.abort();
    else if (message.kind === 'return') this.#pending.get(message.id)?.resolve(message.value);
    else this.#pending.get(message.id)?.reject(fromWire(message.error));
  }

  async #serve({ id, method, argument }: Message & { kind: 'call' }): Promise<void> {
    const controller = new AbortController();
    this.#running.set(id, controller);
    try {
      const result = await this.#methods[method](argument, controller.signal);
      const { value, transfer } = result instanceof Transferred ? result : { value: result, transfer: [] };
      this.#post({ kind: 'return', id, value }, transfer);
    } catch (error) {
      this.#post({ kind: 'throw', id, error: toWire(error) });
    } finally {
      this.#running.delete(id);
    }
  }
}

/** An error as plain data: cloning one by message drops its class and its code. */
export interface WireError {
  /** Null for errors of others, such as those that a caller's own function throws. */
  readonly code: ErrorCode | null;
  readonly message: string;
  readonly cause: WireError | null;
}

export function toWire(error: unknown): WireError {
  const { message, cause } = error instanceof Error ? error : { message: reason(error), cause: undefined };
  const code = error instanceof BeitError ? error.code : null;
  return { code, message, cause: cause === undefined ? null : toWire(cause) };
}

export function fromWire({ code, message, cause }: WireError): Error {
  const options = cause ? { cause: fromWire(cause) } : {};
  return code === null ? new Error(message, options) : new BeitError(code, message, options);
}

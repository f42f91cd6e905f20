import { BeitError, type ErrorCode, reason } from '../errors.ts';

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

import { cut, escaped, named, quoted } from './quoted.ts';

/** Of a message; unit: characters. */
const LONGEST_MESSAGE = 4000;

/**
 * Every code a {@link BeitError} can carry. The code is the stable part; messages may change.
 *
 * - `InvalidArgument`: a call was given something of the wrong kind, shape or range.
 * - `InvalidConfig`: a config or preprocessor config has a field of the wrong type or range.
 * - `InvalidCheckpoint`: a weights file is not what its format demands (truncated, lying, overlapping, unknown dtype).
 * - `CheckpointMismatch`: tensors are missing or of another shape than the config demands.
 * - `UnsafePickle`: a pickle asks for something outside the allow-list, or more than its bounds.
 * - `BadArchive`: a zip container is not a plain stored torch archive.
 * - `UnsupportedFormat`: the bytes are of a known format that is not read here.
 * - `InvalidImage`: the bytes are not a picture, or an inconsistent one.
 * - `ImageTooLarge`: a picture declares more pixels than the limit allows.
 * - `FileNotFound`: a folder, file or cached file does not exist.
 * - `FileSystem`: the file system failed (no space, read-only, no permission).
 * - `Network`: no answer, or one that kept failing after the retries.
 * - `RepositoryNotFound`: the hub has no such repository, or hides it without a token that may read it.
 * - `RevisionNotFound`: the repository has no such branch, tag or commit.
 * - `GatedRepository`: the hub asks for a token or an accepted license.
 * - `IntegrityFailed`: downloaded bytes do not have the announced size or hash.
 * - `OutOfMemory`: the engine needs more memory than the runtime grants; the message names both.
 * - `Disposed`: a model was used after `dispose()`.
 * - `Aborted`: an `AbortSignal` fired.
 * - `WorkerFailed`: a worker thread died while a result was pending.
 * - `DeviceLost`: the GPU failed or went away; the model on it must be loaded again.
 * - `UnsupportedRuntime`: the runtime lacks something the engine needs (WebAssembly SIMD, file access).
 */
export type ErrorCode =
  | 'InvalidArgument'
  | 'InvalidConfig'
  | 'InvalidCheckpoint'
  | 'CheckpointMismatch'
  | 'UnsafePickle'
  | 'BadArchive'
  | 'UnsupportedFormat'
  | 'InvalidImage'
  | 'ImageTooLarge'
  | 'FileNotFound'
  | 'FileSystem'
  | 'Network'
  | 'RepositoryNotFound'
  | 'RevisionNotFound'
  | 'GatedRepository'
  | 'IntegrityFailed'
  | 'OutOfMemory'
  | 'Disposed'
  | 'Aborted'
  | 'WorkerFailed'
  | 'DeviceLost'
  | 'UnsupportedRuntime';

/**
 * The one error this library throws on purpose. `code` says what kind, `message` says what failed, then what was found: on
 * one line, with control characters escaped and long values cut.
 *
 * @example
 * try {
 *   await classify(bytes);
 * } catch (error) {
 *   if (error instanceof BeitError && error.code === 'InvalidImage') console.log('not a picture');
 * }
 */
export class BeitError extends Error {
  override readonly name = 'BeitError';
  readonly code: ErrorCode;

  /**
   * @param code what kind of failure
   * @param message what failed, what was expected and what was found
   * @param options the error behind this one as `cause`; default: none
   */
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(escaped(cut(message, LONGEST_MESSAGE)), options);
    this.code = code;
  }
}

/** Throws a {@link BeitError} unless `condition` holds. */
export function check(condition: unknown, code: ErrorCode, message: string | (() => string)): asserts condition {
  if (!condition) throw new BeitError(code, typeof message === 'string' ? message : message());
}

/** Throws `code` unless `value` is an object, as configs and options are; a list is none. */
export function checkObject(what: string, value: unknown, code: ErrorCode = 'InvalidArgument'): void {
  const list = Array.isArray(value);
  check(typeof value === 'object' && value !== null && !list, code, () => {
    return `${what}: expected an object, got ${list ? 'a list' : value === null ? 'null' : typeof value}`;
  });
}

/** Throws `InvalidArgument` unless `value` is of this type, or was not given. */
export function checkType(name: string, value: unknown, type: 'string' | 'function'): void {
  const fits = value === undefined || value === null || typeof value === type;
  check(fits, 'InvalidArgument', () => `Invalid ${name}: expected a ${type}, got ${typeof value}`);
}

/** Throws `InvalidArgument` unless `value` is one of `known`, or was not given. */
export function checkChoice<T>(name: string, value: T | undefined, known: readonly T[]): void {
  check(value === undefined || known.includes(value), 'InvalidArgument', () => {
    return `Invalid ${name}: expected one of ${known.join(', ')}, got ${named(value)}`;
  });
}

/** Throws `Aborted`, with the signal's reason as cause, once `signal` has fired; `InvalidArgument` for anything but a signal. */
export function throwIfAborted(signal: { readonly aborted: boolean; readonly reason?: unknown } | undefined): void {
  const heard = signal === undefined || signal === null || 'addEventListener' in Object(signal);
  check(heard, 'InvalidArgument', () => `Invalid signal: expected an AbortSignal, got ${typeof signal}`);
  if (signal?.aborted) throw new BeitError('Aborted', 'The operation was aborted', { cause: signal.reason });
}

/** The innermost message of what fetch threw: "fetch failed" alone says nothing. */
export function reason(thrown: unknown): string {
  let inner = thrown;
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause;
  const message =
    inner instanceof Error ? inner.message || inner.name : typeof inner === 'string' ? inner : quoted(inner);
  return message || 'no answer';
}

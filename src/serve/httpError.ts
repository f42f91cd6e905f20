import { BeitError, type ErrorCode } from '../errors.ts';

/**
 * A failure as a protocol tells it: a status, a message, and the library's code.
 *
 * @example
 * const missing = createServer({ models: { digits: { source: 'no-such-folder' } } });
 * const [failure] = await missing.load();
 * if (failure instanceof HttpError) console.log(failure.code, failure.message);
 * failure.status; // 500
 */
export class HttpError extends Error {
  readonly status: number;
  readonly code: string;
  /** Seconds until another try may pay, for 429 and 503. */
  readonly retryAfter: number | null;

  /**
   * @param status of HTTP
   * @param code the code of a `BeitError`, or a word for what HTTP alone knows
   * @param message what failed
   * @param retryAfter seconds until another try may pay; default null
   */
  constructor(status: number, code: string, message: string, retryAfter: number | null = null) {
    super(message);
    this.name = 'HttpError';
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
  }
}

/** What an answer tells of a failure. */
export interface Failure {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  /** Seconds until another try may pay, or null. */
  readonly retryAfter: number | null;
}

/** Status, headers and body of an answer. */
export interface PlainAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The answer that tells a failure. Open Inference and Hugging Face have `{error: string}`, OpenAI an object. */
export function answerOf({ status, code, message, retryAfter }: Failure, path: string): PlainAnswer {
  const told = path.startsWith('/v1/') ? { error: { message, type: code, code } } : { error: message, code };
  const headers = {
    'content-type': 'application/json',
    'x-error-code': code,
    ...(retryAfter !== null && { 'retry-after': String(retryAfter) }),
  };
  return { status, headers, body: JSON.stringify(told) };
}

/** Codes that are the fault of the request; the rest are the server's. */
const STATUS: Partial<Record<ErrorCode, number>> = {
  InvalidArgument: 400,
  InvalidImage: 400,
  UnsupportedFormat: 415,
  ImageTooLarge: 413,
  OutOfMemory: 503,
  WorkerFailed: 503,
  Aborted: 499,
  Disposed: 503,
};

/** What any error is over HTTP; an unknown one is a 500 with its message. */
export function httpErrorOf(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  if (error instanceof BeitError) return new HttpError(STATUS[error.code] ?? 500, error.code, error.message);
  return new HttpError(500, 'Internal', error instanceof Error ? error.message : String(error));
}

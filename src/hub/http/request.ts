import { BeitError, check, reason, throwIfAborted } from '../../errors.ts';
import type { Connection } from './connection.ts';
import { AttemptFailed } from './retry.ts';

/** An answer with its body unread. `close` ends the transfer; it is safe to call at any time, more than once. */
export interface Answer {
  readonly response: Response;
  /** Header fields the hub itself sent on the way, before any redirect to another origin. */
  readonly announced: ReadonlyMap<string, string>;
  /** Whether a redirect left the endpoint's origin. */
  readonly crossOrigin: boolean;
  /** Whether the runtime hides redirects, as browsers do; then nothing was followed. */
  readonly hidden: boolean;
  close(): void;
}

const MOST_REDIRECTS = 10;
const ANNOUNCED = ['x-repo-commit', 'x-linked-etag', 'x-linked-size', 'x-error-code', 'x-error-message'];

/**
 * Sends one request and follows its redirects by hand, so that the token stays with the endpoint's origin and the hub's
 * own header fields are seen; `sameOrigin` fields stay there too. A HEAD stops at a redirect to another origin once the hub has announced the content.
 *
 * @throws `AttemptFailed` when there is no answer; `Network` on a redirect that must not be followed; `Aborted`.
 */
export async function request(
  connection: Connection,
  method: 'GET' | 'HEAD',
  url: string,
  fields: Readonly<Record<string, string>>,
  options: { redirect?: 'manual' | 'follow'; sameOrigin?: Readonly<Record<string, string>> } = {},
): Promise<Answer> {
  const { redirect = 'manual', sameOrigin } = options;
  const home = new URL(connection.endpoint).origin;
  const announced = new Map<string, string>();
  let crossOrigin = false;
  for (let hop = 0; hop <= MOST_REDIRECTS; hop++) {
    const headers = { ...fields, ...(crossOrigin ? {} : { ...sameOrigin, ...authorization(connection) }) };
    const { response, close } = await send(connection, url, { method, headers, redirect });
    if (response.type === 'opaqueredirect') {
      connection.browser.hidesRedirects = true;
      return { response, announced, crossOrigin, hidden: true, close };
    }
    if (redirect === 'follow' && response.url) crossOrigin = new URL(response.url).origin !== home;
    if (!crossOrigin) announce(announced, response.headers);
    const target = redirectTarget(response, url);
    const known = method === 'HEAD' && announced.has('x-linked-etag') && target && target.origin !== home;
    if (!target || known) return { response, announced, crossOrigin, hidden: false, close };
    close();
    crossOrigin ||= target.origin !== home;
    url = target.href;
  }
  throw new BeitError('Network', `Cannot fetch ${shown(url)}: more than ${MOST_REDIRECTS} redirects`);
}

/** An address fit for a message: signed addresses carry secrets in their query. */
export function shown(url: string): string {
  return url.replace(/[?#].*$/s, '');
}

function authorization({ token }: Connection): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

function announce(announced: Map<string, string>, headers: Headers): void {
  for (const name of ANNOUNCED) {
    const value = headers.get(name);
    if (value !== null && !announced.has(name)) announced.set(name, value);
  }
}

function redirectTarget(response: Response, from: string): URL | null {
  if (![301, 302, 303, 307, 308].includes(response.status)) return null;
  const location = response.headers.get('location');
  const target = location !== null && URL.canParse(location, from) ? new URL(location, from) : null;
  check(target, 'Network', () => `Cannot fetch ${shown(from)}: a redirect without a target`);
  const safe = target.protocol === 'https:' || (target.protocol === 'http:' && !from.startsWith('https:'));
  check(safe, 'Network', () => `Cannot fetch ${shown(from)}: a redirect to ${target.protocol} is not followed`);
  target.username = '';
  target.password = '';
  return target;
}

/** One fetch, ended by the caller's signal, by the time limit for an answer, or by `close`. */
async function send(
  connection: Connection,
  url: string,
  init: RequestInit,
): Promise<{ response: Response; close(): void }> {
  const { signal, timing, fetch } = connection;
  throwIfAborted(signal);
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  signal?.addEventListener('abort', abort);
  const close = (): void => {
    signal?.removeEventListener('abort', abort);
    controller.abort();
  };
  const timer = setTimeout(abort, timing.answer);
  try {
    const response = await unlessAborted(fetch(url, { ...init, signal: controller.signal }), controller.signal);
    return { response, close };
  } catch (cause) {
    close();
    throwIfAborted(signal);
    const error = new BeitError('Network', `Cannot fetch ${shown(url)}: ${reason(cause)}`, { cause });
    throw new AttemptFailed(error, null, isUnreachable(cause));
  } finally {
    clearTimeout(timer);
  }
}

/** By the code of the system call, in Node and Bun, or by the words of Deno. */
function isUnreachable(thrown: unknown): boolean {
  for (let cause = thrown; cause instanceof Error; cause = cause.cause) {
    const { code, message } = cause as Error & { code?: unknown };
    if (
      /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH|ConnectionRefused|FailedToOpenSocket)$/.test(
        `${code}`,
      )
    )
      return true;
    // a port that fetch never uses stays blocked
    if (/dns error|connection refused|network (?:is )?unreachable|bad port/i.test(message)) return true;
  }
  return false;
}

/** `promise`, but settled at once when `signal` fires, even where the runtime's fetch does not heed it. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(new Error('no answer in time'));
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

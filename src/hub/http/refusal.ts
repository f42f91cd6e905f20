import { BeitError } from '../../errors.ts';
import type { Connection } from './connection.ts';
import { type Answer, shown } from './request.ts';
import { AttemptFailed, retryAfter } from './retry.ts';

/**
 * Whether an answer says that the hub has the revision, but no such file in it: then the commit that lacks the file, null
 * where the hub does not name it. Null for all other answers.
 */
export function absence({ response, announced, crossOrigin }: Answer): { readonly commit: string | null } | null {
  if (crossOrigin || isPassing(response.status)) return null;
  const code = announced.get('x-error-code');
  const other = code === 'RevisionNotFound' || code === 'GatedRepo' || code === 'RepoNotFound';
  const absent = code === 'EntryNotFound' || (response.status === 404 && !other);
  return absent ? { commit: announced.get('x-repo-commit') ?? null } : null;
}

/** Whether an attempt that got this status may be made again: time-outs, rate limits and trouble on the server's side. */
function isPassing(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

/**
 * What to throw for an answer that is neither a success nor an {@link absence}, by the hub's `X-Error-Code` first and the
 * status second. Without access to it, a private repository looks like a missing one (401).
 */
export function refusal(connection: Connection, answer: Answer, url: string, what: string): Error {
  const { response, announced, crossOrigin } = answer;
  const { status } = response;
  const said = announced.get('x-error-message')?.slice(0, 200) ?? `HTTP ${status}`;
  const message = `Cannot open ${what}: ${said}`;
  if (isPassing(status) || (crossOrigin && (status === 401 || status === 403))) {
    const wait = retryAfter(response.headers.get('retry-after'), connection.timing.now());
    return new AttemptFailed(new BeitError('Network', `Cannot fetch ${shown(url)}: HTTP ${status}`), wait);
  }
  if (crossOrigin) return new BeitError('Network', `Cannot fetch ${shown(response.url || url)}: HTTP ${status}`);
  const code = announced.get('x-error-code');
  if (code === 'RevisionNotFound') return new BeitError('RevisionNotFound', message);
  if (code === 'GatedRepo' || status === 403) return new BeitError('GatedRepository', message);
  if (code === 'RepoNotFound') return missing(connection, what, said);
  if (status === 401) {
    const refused = connection.token !== undefined && /credentials|token/i.test(said);
    return refused
      ? new BeitError('GatedRepository', `Cannot open ${what}: the hub rejects the token (${said})`)
      : missing(connection, what, said);
  }
  return new BeitError('Network', `Cannot fetch ${shown(url)}: HTTP ${status}`);
}

function missing({ token }: Connection, what: string, said: string): BeitError {
  const hint =
    token === undefined
      ? 'it does not exist, or is private and no token was given'
      : 'it does not exist, or the token may not see it';
  return new BeitError('RepositoryNotFound', `Cannot open ${what}: ${hint} (${said})`);
}

import { BeitError } from '../../errors.ts';
import type { Connection } from './connection.ts';
import { type Answer, shown } from './request.ts';
import { AttemptFailed, retryAfter } from './retry.ts';

/** The hub has this revision, and no such file in it. */
export class EntryNotFound extends Error {
  /** The commit that lacks the file, where the hub says so. */
  readonly commit: string | null;

  constructor(commit: string | null) {
    super('no such file');
    this.commit = commit;
  }
}

/** Whether an attempt that got this status may be made again: time-outs, rate limits and trouble on the server's side. */
function isPassing(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

/**
 * What to throw for an answer that is no success, by the hub's `X-Error-Code` first and the status second. A private
 * repository looks like a missing one (401) to whoever may not see it.
 */
export function refusal(connection: Connection, answer: Answer, url: string, what: string): Error {
  const { response, announced, elsewhere } = answer;
  const { status } = response;
  const said = announced.get('x-error-message')?.slice(0, 200) ?? `HTTP ${status}`;
  const message = `Cannot open ${what}: ${said}`;
  if (isPassing(status) || (elsewhere && (status === 401 || status === 403))) {
    const wait = retryAfter(response.headers.get('retry-after'), connection.timing.now());
    return new AttemptFailed(new BeitError('Network', `Cannot fetch ${shown(url)}: HTTP ${status}`), wait);
  }
  if (elsewhere) return new BeitError('Network', `Cannot fetch ${shown(response.url || url)}: HTTP ${status}`);
  const code = announced.get('x-error-code');
  if (code === 'EntryNotFound') return new EntryNotFound(announced.get('x-repo-commit') ?? null);
  if (code === 'RevisionNotFound') return new BeitError('RevisionNotFound', message);
  if (code === 'GatedRepo' || status === 403) return new BeitError('GatedRepository', message);
  if (code === 'RepoNotFound') return missing(connection, what, said);
  if (status === 401) {
    const refused = connection.token !== undefined && /credentials|token/i.test(said);
    return refused
      ? new BeitError('GatedRepository', `Cannot open ${what}: the hub refuses the token (${said})`)
      : missing(connection, what, said);
  }
  if (status === 404) return new EntryNotFound(announced.get('x-repo-commit') ?? null);
  return new BeitError('Network', `Cannot fetch ${shown(url)}: HTTP ${status}`);
}

function missing({ token }: Connection, what: string, said: string): BeitError {
  const hint =
    token === undefined
      ? 'it does not exist, or is private and no token was given'
      : 'it does not exist, or the token may not see it';
  return new BeitError('RepositoryNotFound', `Cannot open ${what}: ${hint} (${said})`);
}

import { BeitError, check } from '../errors.ts';
import { named } from '../quoted.ts';
import { contentHash } from './hash/contentCheck.ts';
import { fileUrl } from './http/address.ts';
import type { Connection } from './http/connection.ts';
import { absence, refusal } from './http/refusal.ts';
import { type Answer, request, shown } from './http/request.ts';
import { retrying } from './http/retry.ts';
import { listingOf } from './listing.ts';
import { isCommit } from './names.ts';
import type { LookupResult, RemoteFile } from './remoteFile.ts';

/** Errors after which an earlier answer, in the store, may do. */
const UNAVAILABLE = ['Network', 'RepositoryNotFound', 'GatedRepository'];

/**
 * Asks the hub what `name` is at `revision`: one HEAD, or one listing of the revision where the runtime hides
 * redirects and with them what the hub announces.
 *
 * @throws `RevisionNotFound`, `IntegrityFailed` when the server announces no usable hash, `Aborted`.
 */
export async function lookup(
  connection: Connection,
  repository: string,
  revision: string,
  name: string,
): Promise<LookupResult> {
  try {
    return await retrying(connection, () => ask(connection, repository, revision, name));
  } catch (error) {
    if (error instanceof BeitError && UNAVAILABLE.includes(error.code)) return { is: 'unavailable', error };
    throw error;
  }
}

/** @throws `AttemptFailed` (internal) when another attempt may succeed, and what an answer means that is not a success. */
async function ask(connection: Connection, repository: string, revision: string, name: string): Promise<LookupResult> {
  const url = fileUrl(connection.endpoint, repository, revision, name);
  if (connection.browser.listings.has(`${repository}@${revision}`))
    return await listed(connection, repository, revision, name);
  const answer = await request(connection, 'HEAD', url, { 'accept-encoding': 'identity' });
  answer.close();
  if (answer.hidden) return await listed(connection, repository, revision, name);
  const redirected = answer.response.status >= 300 && answer.response.status < 400;
  if (answer.response.ok || redirected) return { is: 'found', file: described(answer, url, revision, name) };
  const missing = absence(answer);
  if (missing) return absent(missing.commit);
  throw refusal(connection, answer, url, `${repository}@${revision}`);
}

function absent(commit: string | null): LookupResult {
  return { is: 'absent', commit: commit !== null && isCommit(commit) ? commit : null };
}

function described(answer: Answer, url: string, revision: string, name: string): RemoteFile {
  const { response, announced, crossOrigin } = answer;
  const own = crossOrigin ? null : response.headers;
  const etag = announced.get('x-linked-etag') ?? own?.get('etag') ?? response.headers.get('etag');
  const encoded = response.headers.has('content-encoding') || !response.ok;
  const size = announced.get('x-linked-size') ?? (encoded ? null : response.headers.get('content-length'));
  const commit = announced.get('x-repo-commit') ?? response.headers.get('x-repo-commit');
  const file = remoteFile(name, commit, etag, size, url);
  const pinned = !isCommit(revision) || file.commit === revision;
  check(pinned, 'Network', () => `Cannot fetch ${shown(url)}: the server answers for commit ${file.commit}`);
  return file;
}

/** Everything the server says goes into paths and loops, so all of it is checked here. */
function remoteFile(name: string, commit: unknown, etag: unknown, size: unknown, url: string): RemoteFile {
  const hub = typeof commit === 'string' && isCommit(commit);
  check(hub, 'Network', () => `Cannot fetch ${shown(url)}: the answer names no commit, so it is not from a hub`);
  const hash = contentHash(typeof etag === 'string' ? etag : null);
  check(hash, 'IntegrityFailed', () => `Cannot verify ${shown(url)}: the server announces no hash of the content`);
  const length = size === null || size === undefined || size === '' ? null : Number(size);
  const sane = length === null || (Number.isSafeInteger(length) && length >= 0);
  check(sane, 'IntegrityFailed', () => `Cannot verify ${shown(url)}: announced size is ${named(size)}`);
  return { name, commit, etag: hash, size: length };
}

/** The same facts from the hub's listing of a revision with its blobs. */
async function listed(
  connection: Connection,
  repository: string,
  revision: string,
  name: string,
): Promise<LookupResult> {
  const { commit, siblings } = await listingOf(connection, repository, revision);
  const found = siblings.find((sibling) => sibling?.rfilename === name);
  if (!found) return absent(commit);
  const hash = found.lfs?.sha256 ?? found.blobId;
  return { is: 'found', file: remoteFile(name, commit, hash, found.size, connection.endpoint) };
}

import { check } from '../errors.ts';
import { named } from '../quoted.ts';
import type { RemoteFile } from './cache/store.ts';
import { fileUrl } from './http/address.ts';
import type { Connection } from './http/connection.ts';
import { EntryNotFound, refusal } from './http/refusal.ts';
import { type Answer, request, shown } from './http/request.ts';
import { retrying } from './http/retry.ts';
import { listingOf } from './listing.ts';
import { isCommit } from './names.ts';

/**
 * Asks the hub what `name` is at `revision`: one HEAD, or one listing of the revision where the runtime hides
 * redirects and with them what the hub announces.
 *
 * @throws `EntryNotFound` (internal), `RepositoryNotFound`, `RevisionNotFound`, `GatedRepository`, `Network`,
 * `IntegrityFailed` when the server announces no usable hash, `Aborted`.
 */
export async function lookup(
  connection: Connection,
  repository: string,
  revision: string,
  name: string,
): Promise<RemoteFile> {
  const url = fileUrl(connection.endpoint, repository, revision, name);
  return await retrying(connection, async () => {
    if (connection.browser.listings.has(`${repository}@${revision}`))
      return await listed(connection, repository, revision, name);
    const answer = await request(connection, 'HEAD', url, { 'accept-encoding': 'identity' });
    answer.close();
    if (answer.hidden) return await listed(connection, repository, revision, name);
    const redirected = answer.response.status >= 300 && answer.response.status < 400;
    if (!answer.response.ok && !redirected) throw refusal(connection, answer, url, `${repository}@${revision}`);
    const file = described(answer, url, name);
    const pinned = !isCommit(revision) || file.commit === revision;
    check(pinned, 'Network', () => `Cannot fetch ${shown(url)}: the server answers for commit ${file.commit}`);
    return file;
  });
}

function described({ response, announced, elsewhere }: Answer, url: string, name: string): RemoteFile {
  const own = elsewhere ? null : response.headers;
  const etag = announced.get('x-linked-etag') ?? own?.get('etag') ?? response.headers.get('etag');
  const encoded = response.headers.has('content-encoding') || !response.ok;
  const size = announced.get('x-linked-size') ?? (encoded ? null : response.headers.get('content-length'));
  return remoteFile(name, announced.get('x-repo-commit') ?? response.headers.get('x-repo-commit'), etag, size, url);
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

/** The hash inside an ETag, weak or strong: 40 or 64 hexadecimal digits; null when it holds anything else. */
export function contentHash(etag: string | null): string | null {
  return etag?.match(/^(?:W\/)?"?([0-9a-f]{64}|[0-9a-f]{40})"?$/)?.[1] ?? null;
}

/** The same facts from the hub's listing of a revision with its blobs. */
async function listed(connection: Connection, repository: string, revision: string, name: string): Promise<RemoteFile> {
  const { commit, siblings } = await listingOf(connection, repository, revision);
  const found = siblings.find((sibling) => sibling?.rfilename === name);
  if (!found) throw new EntryNotFound(commit);
  return remoteFile(name, commit, found.lfs?.sha256 ?? found.blobId, found.size, connection.endpoint);
}

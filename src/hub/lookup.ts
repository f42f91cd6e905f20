import { BeitError, check } from '../errors.ts';
import { bodyChunks } from './bodyChunks.ts';
import { isCommit } from './names.ts';
import { EntryNotFound, refusal } from './refusal.ts';
import { type Answer, type Connection, type Listing, reason, request, shown } from './request.ts';
import type { RemoteFile } from './store.ts';
import { AttemptFailed, Retry } from './timing.ts';

/** Largest listing of a repository that is read. Unit: bytes. */
const LISTING_LIMIT = 16 << 20;

/** The address of one file at one revision. */
export function fileUrl(endpoint: string, repository: string, revision: string, name: string): string {
  const path = name.split('/').map(encodeURIComponent).join('/');
  return `${endpoint}/${repository}/resolve/${encodeURIComponent(revision)}/${path}`;
}

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

/** Runs `attempt` until it succeeds, throws something final, or the retries are spent. */
async function retrying<T>(connection: Connection, attempt: () => Promise<T>): Promise<T> {
  const retry = new Retry(connection.timing, connection.signal);
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof AttemptFailed)) throw error;
      await retry.wait(error);
    }
  }
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
  check(sane, 'IntegrityFailed', () => `Cannot verify ${shown(url)}: announced size is ${String(size).slice(0, 40)}`);
  return { name, commit, etag: hash, size: length };
}

/** The hash inside an ETag, weak or strong: 40 or 64 hexadecimal digits; null when it holds anything else. */
export function contentHash(etag: string | null): string | null {
  return etag?.match(/^(?:W\/)?"?([0-9a-f]{64}|[0-9a-f]{40})"?$/)?.[1] ?? null;
}

/** The same facts from the hub's listing of a revision with its blobs. */
async function listed(connection: Connection, repository: string, revision: string, name: string): Promise<RemoteFile> {
  const key = `${repository}@${revision}`;
  const listing = connection.browser.listings.get(key) ?? (await fetchListing(connection, repository, revision));
  connection.browser.listings.set(key, listing);
  const commit = typeof listing.sha === 'string' && isCommit(listing.sha) ? listing.sha : null;
  if (commit) connection.browser.listings.set(`${repository}@${commit}`, listing);
  const siblings = Array.isArray(listing.siblings) ? (listing.siblings as NonNullable<Listing['siblings']>) : [];
  const found = siblings.find((sibling) => sibling?.rfilename === name);
  if (!found) throw new EntryNotFound(commit);
  return remoteFile(name, commit, found.lfs?.sha256 ?? found.blobId, found.size, connection.endpoint);
}

async function fetchListing(connection: Connection, repository: string, revision: string): Promise<Listing> {
  const url = `${connection.endpoint}/api/models/${repository}/revision/${encodeURIComponent(revision)}?blobs=true`;
  const answer = await request(connection, 'GET', url, {}, { redirect: 'follow' });
  try {
    if (!answer.response.ok) throw refusal(connection, answer, url, `${repository}@${revision}`);
    const listing = await readListing(connection, answer, url);
    check(listing instanceof Object, 'Network', () => `Cannot fetch ${shown(url)}: the answer is no listing`);
    return listing;
  } finally {
    answer.close();
  }
}

async function readListing(connection: Connection, answer: Answer, url: string): Promise<Listing> {
  const announced = Number(answer.response.headers.get('content-length') ?? 0);
  check(announced <= LISTING_LIMIT, 'Network', () => `Cannot fetch ${shown(url)}: a listing of ${announced} bytes`);
  try {
    const text = await textOf(connection, answer);
    return JSON.parse(text) as Listing;
  } catch (cause) {
    if (cause instanceof BeitError) throw cause;
    throw new AttemptFailed(new BeitError('Network', `Cannot fetch ${shown(url)}: ${reason(cause)}`, { cause }));
  }
}

async function textOf(connection: Connection, answer: Answer): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of bodyChunks(connection, answer)) {
    text += decoder.decode(chunk, { stream: true });
    check(text.length <= LISTING_LIMIT, 'Network', 'Cannot read a listing of a repository: it does not end');
  }
  return text + decoder.decode();
}

import { type BeitError, check } from '../errors.ts';
import { parseJson } from '../json.ts';
import { revisionUrl } from './http/address.ts';
import { bodyChunks } from './http/bodyChunks.ts';
import type { Connection, Listing } from './http/connection.ts';
import { absence, refusal } from './http/refusal.ts';
import { type Answer, request, shown } from './http/request.ts';
import { AttemptFailed } from './http/retry.ts';
import { isCommit } from './names.ts';

/** Largest listing of a repository that is read. Unit: bytes. */
const LISTING_LIMIT = 16 << 20;

/**
 * The hub's listing of a revision, fetched once for all files of it.
 *
 * @throws `AttemptFailed` (internal), `Network`, `Aborted`, and the error that an answer means.
 */
export async function listingOf(connection: Connection, repository: string, revision: string): Promise<Listing> {
  const { listings } = connection.browser;
  const listing = listings.get(`${repository}@${revision}`) ?? (await fetchListing(connection, repository, revision));
  listings.set(`${repository}@${revision}`, listing);
  if (listing.commit) listings.set(`${repository}@${listing.commit}`, listing);
  return listing;
}

async function fetchListing(connection: Connection, repository: string, revision: string): Promise<Listing> {
  const url = `${revisionUrl(connection.endpoint, repository, revision)}?blobs=true`;
  const answer = await request(connection, 'GET', url, {}, { redirect: 'follow' });
  try {
    if (absence(answer)) return { commit: null, siblings: [] };
    if (!answer.response.ok) throw refusal(connection, answer, url, `${repository}@${revision}`);
    const json = await readJson(connection, answer, url);
    check(json instanceof Object, 'Network', () => `Cannot fetch ${shown(url)}: expected a listing of files`);
    const { sha, siblings } = json as { sha?: unknown; siblings?: unknown };
    return {
      commit: typeof sha === 'string' && isCommit(sha) ? sha : null,
      siblings: Array.isArray(siblings) ? siblings : [],
    };
  } finally {
    answer.close();
  }
}

async function readJson(connection: Connection, answer: Answer, url: string): Promise<unknown> {
  const announced = Number(answer.response.headers.get('content-length') ?? 0);
  check(announced <= LISTING_LIMIT, 'Network', () => `Cannot fetch ${shown(url)}: a listing of ${announced} bytes`);
  const text = await textOf(connection, answer);
  try {
    return parseJson(text, 'Network', shown(url));
  } catch (error) {
    throw new AttemptFailed(error as BeitError);
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

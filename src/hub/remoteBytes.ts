import { BeitError, check } from '../errors.ts';
import { bodyChunks } from './bodyChunks.ts';
import { contentHash, fileUrl } from './lookup.ts';
import { EntryNotFound, refusal } from './refusal.ts';
import { type Answer, type Connection, request, shown } from './request.ts';
import type { RemoteFile } from './store.ts';
import { AttemptFailed, Retry } from './timing.ts';

/** Most bytes a file may have whose size nobody announced; git blobs of the hub stay below 10 MB. */
export const UNSIZED_LIMIT = 16 << 20;

/** The server now has other content under the same address. */
export class ContentChanged extends Error {}

/** What is learnt on the way: the tag of the server that has the bytes, and whether its ranges can be believed. */
interface Progress {
  at: number;
  validator: string | null;
  ranges: boolean;
}

/**
 * The bytes [begin, end) of a file, in order, over as many requests as it takes: what breaks is resumed with `Range`
 * and `If-Range`; a server that ignores or garbles ranges is read from the start again, skipping what was had.
 * `end` null means: to wherever the body ends.
 *
 * @throws `Network`, `IntegrityFailed` when the body keeps ending early, `ContentChanged` (internal), `Aborted`.
 */
export async function* remoteBytes(
  connection: Connection,
  repository: string,
  file: RemoteFile,
  begin: number,
  end: number | null = file.size,
): AsyncGenerator<Uint8Array> {
  const url = fileUrl(connection.endpoint, repository, file.commit, file.name);
  const retry = new Retry(connection.timing, connection.signal);
  const progress: Progress = { at: begin, validator: null, ranges: true };
  while (end === null || progress.at < end) {
    try {
      for await (const chunk of attempt(connection, url, file, end, progress)) {
        retry.progress(chunk.length);
        yield chunk;
      }
      if (end === null) return;
      if (progress.at < end) throw endedEarly(url, progress.at, end);
    } catch (error) {
      if (!(error instanceof AttemptFailed)) throw error;
      await retry.wait(error);
    }
  }
}

function endedEarly(url: string, at: number, end: number): AttemptFailed {
  return new AttemptFailed(
    new BeitError('IntegrityFailed', `Cannot fetch ${shown(url)}: it ended at byte ${at} of ${end}`),
  );
}

async function* attempt(
  connection: Connection,
  url: string,
  file: RemoteFile,
  end: number | null,
  progress: Progress,
): AsyncGenerator<Uint8Array> {
  const answer = await open(connection, url, file, end, progress);
  try {
    let skip = firstByte(answer, url, file, progress);
    for await (const chunk of bodyChunks(connection, answer)) {
      const fresh = chunk.subarray(Math.min(skip, chunk.length), end === null ? undefined : skip + end - progress.at);
      skip -= Math.min(skip, chunk.length);
      progress.at += fresh.length;
      check(
        end !== null || progress.at <= UNSIZED_LIMIT,
        'IntegrityFailed',
        `Cannot fetch ${shown(url)}: it does not end`,
      );
      if (fresh.length > 0) yield fresh;
      if (progress.at === end) return;
    }
  } finally {
    answer.close();
  }
}

async function open(
  connection: Connection,
  url: string,
  file: RemoteFile,
  end: number | null,
  progress: Progress,
): Promise<Answer> {
  const partial = progress.ranges && (progress.at > 0 || (end !== null && end !== file.size));
  const last = end === null || end === file.size ? '' : end - 1;
  const fields: Record<string, string> = {};
  // some runtimes stop decoding bodies once this field is set by hand, so only ranges, which must be plain, have it
  if (partial) Object.assign(fields, { range: `bytes=${progress.at}-${last}`, 'accept-encoding': 'identity' });
  const answer = await ask(connection, url, file, fields, partial ? progress.validator : undefined);
  if (answer.response.ok) return answer;
  answer.close();
  if (answer.response.status === 416 && partial) {
    progress.ranges = false;
    throw new AttemptFailed(new BeitError('Network', `Cannot fetch ${shown(url)}: the server has no such range`));
  }
  const error = refusal(connection, answer, url, file.name);
  throw error instanceof EntryNotFound ? new ContentChanged() : error;
}

/**
 * Sends the GET. `validator` undefined means no range; null means that nobody has tagged the bytes yet: the hub tags its
 * own answers with the hash, a CDN has tags of its own. Browsers ask the server's leave for `If-Range`, which a CDN may
 * not grant, so there the tags are only compared.
 */
async function ask(
  connection: Connection,
  url: string,
  file: RemoteFile,
  fields: Record<string, string>,
  validator: string | null | undefined,
): Promise<Answer> {
  if (!connection.browser.hidesRedirects) {
    const atHome: Record<string, string> = validator === null ? { 'if-range': `"${file.etag}"` } : {};
    const everywhere: Record<string, string> = validator ? { 'if-range': validator } : {};
    const answer = await request(connection, 'GET', url, { ...fields, ...everywhere }, { atHome });
    if (!answer.hidden) return answer;
  }
  return await request(connection, 'GET', url, fields, { redirect: 'follow' });
}

/** How many bytes of the body to skip; refuses an answer that is about other content or another range than asked for. */
function firstByte(answer: Answer, url: string, file: RemoteFile, progress: Progress): number {
  const { response, announced, elsewhere } = answer;
  const tag = response.headers.get('etag');
  const hash = contentHash(announced.get('x-linked-etag') ?? (elsewhere ? null : tag));
  if (hash !== null && hash !== file.etag) throw new ContentChanged();
  if (response.status !== 206) {
    progress.validator = strong(tag);
    return progress.at;
  }
  const range = response.headers.get('content-range')?.match(/^bytes (\d+)-(\d+)\/(\d+|\*)$/);
  const fits =
    range &&
    Number(range[1]) === progress.at &&
    (range[3] === '*' || file.size === null || Number(range[3]) === file.size);
  if (!fits || response.headers.has('content-encoding')) {
    progress.ranges = false;
    throw new AttemptFailed(new BeitError('Network', `Cannot fetch ${shown(url)}: the answer is for another range`));
  }
  if (progress.validator !== null && tag !== null && tag !== progress.validator) throw new ContentChanged();
  progress.validator = strong(tag);
  return 0;
}

/** `If-Range` takes strong tags only (RFC 9110 §13.1.5). */
function strong(tag: string | null): string | null {
  return tag?.startsWith('"') ? tag : null;
}

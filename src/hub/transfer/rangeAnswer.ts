import { BeitError } from '../../errors.ts';
import { contentHash } from '../hash/contentCheck.ts';
import type { Connection } from '../http/connection.ts';
import { absence, refusal } from '../http/refusal.ts';
import { type Answer, request, shown } from '../http/request.ts';
import { AttemptFailed } from '../http/retry.ts';
import type { RemoteFile } from '../remoteFile.ts';

/** The server now has other content under the same address. */
export class ContentChanged extends Error {}

/** One file being read, and what is learnt on the way. */
export interface Reading {
  readonly connection: Connection;
  readonly url: string;
  readonly file: RemoteFile;
  /** null: to wherever the body ends. */
  readonly end: number | null;
  /** The next byte that is wanted. */
  at: number;
  /** The tag of the server that has the bytes, once it has answered. */
  validator: string | null;
  /** Whether ranges of this server can be believed. */
  ranges: boolean;
}

/**
 * Asks for the bytes from `reading.at` on. The body of the answer begins with `before` bytes too many where the server
 * sends the file from its start.
 *
 * @throws `AttemptFailed` (internal) when another attempt may do, `ContentChanged` (internal), and the error that an answer means.
 */
export async function rangeAnswer(reading: Reading): Promise<{ readonly answer: Answer; readonly before: number }> {
  const { connection, url, file, at, end } = reading;
  const partial = reading.ranges && (at > 0 || (end !== null && end !== file.size));
  const answer = await (partial ? askRange(reading) : ask(connection, url, {}));
  try {
    if (answer.response.ok) return { answer, before: firstByte(answer, reading) };
    if (answer.response.status === 416 && partial) throw unbelievable(reading, 'the server has no such range');
    if (absence(answer)) throw new ContentChanged();
    throw refusal(connection, answer, url, file.name);
  } catch (error) {
    answer.close();
    throw error;
  }
}

/**
 * Before the first answer the tag of the bytes is unknown: the hub uses the hash, a CDN has tags of its own.
 * Some runtimes stop decoding bodies once `Accept-Encoding` is set by hand, so only ranges, which must be plain, have it.
 */
async function askRange({ connection, url, file, at, end, validator }: Reading): Promise<Answer> {
  const last = end === null || end === file.size ? '' : end - 1;
  const fields = { range: `bytes=${at}-${last}`, 'accept-encoding': 'identity' };
  return validator === null
    ? await ask(connection, url, fields, {}, { 'if-range': `"${file.etag}"` })
    : await ask(connection, url, fields, { 'if-range': validator });
}

/** `If-Range` costs browsers a CORS preflight, which a CDN may not allow, so there the tags are only compared. */
async function ask(
  connection: Connection,
  url: string,
  fields: Readonly<Record<string, string>>,
  everywhere?: Readonly<Record<string, string>>,
  sameOrigin?: Readonly<Record<string, string>>,
): Promise<Answer> {
  if (!connection.browser.hidesRedirects) {
    const answer = await request(connection, 'GET', url, { ...fields, ...everywhere }, { sameOrigin });
    if (!answer.hidden) return answer;
  }
  return await request(connection, 'GET', url, fields, { redirect: 'follow' });
}

/** How many bytes of the body to skip; rejects an answer that is about other content or another range than asked for. */
function firstByte({ response, announced, crossOrigin }: Answer, reading: Reading): number {
  const { file, at } = reading;
  const tag = response.headers.get('etag');
  const hash = contentHash(announced.get('x-linked-etag') ?? (crossOrigin ? null : tag));
  if (hash !== null && hash !== file.etag) throw new ContentChanged();
  const ranged = response.status === 206;
  if (ranged && !isRange(response.headers, at, file.size)) {
    throw unbelievable(reading, 'the answer is for another range');
  }
  if (ranged && reading.validator !== null && tag !== null && tag !== reading.validator) throw new ContentChanged();
  // `If-Range` takes strong tags only (RFC 9110 §13.1.5)
  reading.validator = tag?.startsWith('"') ? tag : null;
  return ranged ? 0 : at;
}

/** Whether the plain bytes of the body begin at `at`, in a file of `size` bytes as far as both sides know. */
function isRange(headers: Headers, at: number, size: number | null): boolean {
  const range = headers.get('content-range')?.match(/^bytes (\d+)-(\d+)\/(\d+|\*)$/);
  if (!range || headers.has('content-encoding')) return false;
  return Number(range[1]) === at && (range[3] === '*' || size === null || Number(range[3]) === size);
}

/** From now on the file is read from its start. */
function unbelievable(reading: Reading, why: string): AttemptFailed {
  reading.ranges = false;
  return new AttemptFailed(new BeitError('Network', `Cannot fetch ${shown(reading.url)}: ${why}`));
}

import { BeitError, check } from '../../errors.ts';
import { fileUrl } from '../http/address.ts';
import { bodyChunks } from '../http/bodyChunks.ts';
import type { Connection } from '../http/connection.ts';
import { shown } from '../http/request.ts';
import { AttemptFailed, Retry } from '../http/retry.ts';
import type { RemoteFile } from '../remoteFile.ts';
import { type Reading, rangeAnswer } from './rangeAnswer.ts';

/** Most bytes of a file whose size is not announced; git blobs of the hub stay below 10 MB. */
const UNSIZED_LIMIT = 16 << 20;

/**
 * The bytes of a file from `begin` on, in order, over as many requests as it takes: what breaks is resumed with `Range`
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
  const reading: Reading = { connection, url, file, end, at: begin, validator: null, ranges: true };
  while (end === null || reading.at < end) {
    try {
      for await (const chunk of attempt(reading)) {
        retry.progress(chunk.length);
        yield chunk;
      }
      if (end === null) return;
      if (reading.at < end) throw endedEarly(url, reading.at, end);
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

/** What one request brings of the bytes that are still wanted. */
async function* attempt(reading: Reading): AsyncGenerator<Uint8Array> {
  const { connection, url, end } = reading;
  const { answer, before } = await rangeAnswer(reading);
  let skip = before;
  try {
    for await (const chunk of bodyChunks(connection, answer)) {
      const fresh = chunk.subarray(Math.min(skip, chunk.length), end === null ? undefined : skip + end - reading.at);
      skip -= Math.min(skip, chunk.length);
      reading.at += fresh.length;
      const bounded = end !== null || reading.at <= UNSIZED_LIMIT;
      check(bounded, 'IntegrityFailed', `Cannot fetch ${shown(url)}: it does not end`);
      if (fresh.length > 0) yield fresh;
      if (reading.at === end) return;
    }
  } finally {
    answer.close();
  }
}

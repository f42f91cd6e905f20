import { BeitError, reason, throwIfAborted } from '../../errors.ts';
import type { Connection } from './connection.ts';
import { type Answer, unlessAborted } from './request.ts';
import { AttemptFailed } from './retry.ts';
import { IDLE_BYTES } from './timing.ts';

/**
 * The chunks of an answer's body. A body that brings fewer than `IDLE_BYTES` within the idle limit is given up, so that
 * neither a silent nor a slow server blocks the caller; the time the reader of the chunks takes does not count.
 *
 * @throws `AttemptFailed` when the body breaks or stalls; `Aborted`.
 */
export async function* bodyChunks(connection: Connection, answer: Answer): AsyncGenerator<Uint8Array> {
  const reader = answer.response.body?.getReader();
  if (!reader) return;
  const { signal, timing } = connection;
  let fresh = 0;
  let spent = 0;
  try {
    for (;;) {
      const started = timing.now();
      const { done, value } = await readWithin(reader, timing.idle - spent, signal);
      if (done) return;
      fresh += value.length;
      spent = fresh >= IDLE_BYTES ? 0 : spent + timing.now() - started;
      if (spent === 0) fresh = 0;
      yield value;
    }
  } catch (cause) {
    throwIfAborted(signal);
    const why =
      cause instanceof Stalled ? `fewer than ${IDLE_BYTES} bytes came within ${timing.idle} ms` : reason(cause);
    throw new AttemptFailed(new BeitError('Network', `The transfer broke: ${why}`, { cause }));
  } finally {
    reader.cancel().catch(() => undefined);
    answer.close();
  }
}

class Stalled extends Error {}

type Chunk = Awaited<ReturnType<ReadableStreamDefaultReader<Uint8Array>['read']>>;

/** The next chunk, unless `limit` ms pass or `signal` fires first. */
async function readWithin(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  limit: number,
  signal: AbortSignal | undefined,
): Promise<Chunk> {
  const stop = new AbortController();
  const abort = (): void => stop.abort();
  const timer = setTimeout(abort, Math.max(0, limit));
  signal?.addEventListener('abort', abort);
  if (signal?.aborted) abort();
  try {
    return await unlessAborted(reader.read(), stop.signal);
  } catch (cause) {
    throw stop.signal.aborted ? new Stalled() : cause;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

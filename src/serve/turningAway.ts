import { answerOf, type PlainAnswer } from './httpError.ts';
import type { ModelRepository } from './modelRepository.ts';

/** What is known of a request before its body is read. */
export interface RequestHead {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  header(name: string): string | null | undefined;
}

/** The answer to a request that cannot be taken now; null for every other one. */
export type TurnAway = (head: RequestHead) => PlainAnswer | null;

/** What of a server's options it needs. */
interface TurnAwayOptions {
  readonly apiKey?: string | undefined;
  readonly log?:
    | ((line: { method: string; path: string; status: number; duration: number; code: string }) => void)
    | undefined;
}

/** Paths that end in a pass of a model which they name, or of the first one. */
const PASSES = /^\/(?:v2\/models\/([^/?]+)(?:\/versions\/[^/?]+)?\/infer|predict)?(?:\?|$)/;

/**
 * Rejects what the queue of a model cannot take before its body is read, and without a `Request`: at twice the capacity every
 * second request is rejected, and what that takes of the processor is missing for the others.
 */
export function turningAway(repository: ModelRepository, { apiKey, log }: TurnAwayOptions): TurnAway {
  return (head) => {
    const startedAt = performance.now();
    const entry = head.method === 'POST' ? entryOf(repository, head.path) : null;
    if (!entry?.model || (apiKey && head.header('authorization') !== `Bearer ${apiKey}`)) return null;
    const timeout = timeoutOf(head.header('request-timeout-ms'));
    // the body of an inference request may ask for more time than the server gives by itself
    const byItself = head.path.startsWith('/v2/') ? Number.POSITIVE_INFINITY : undefined;
    const failure = entry.queue.rejection(timeout ?? byItself);
    if (!failure) return null;
    const duration = performance.now() - startedAt;
    const { status, code } = failure;
    entry.statistics.failed(status, duration);
    log?.({ method: head.method, path: head.path.split('?', 1)[0], status, duration, code });
    return answerOf(failure, head.path);
  };
}

function entryOf(repository: ModelRepository, path: string) {
  const found = PASSES.exec(path);
  return found && repository.find(found[1]);
}

/** Unit: milliseconds; undefined for a header that is missing or no number. */
export function timeoutOf(header: string | null | undefined): number | undefined {
  const milliseconds = Number(header ?? Number.NaN);
  return milliseconds > 0 ? Math.min(milliseconds, 2 ** 31 - 1) : undefined;
}

/** For listeners that can ask before they make a `Request`. */
const ofServers = new WeakMap<object, TurnAway>();

export function setTurnAway(server: object, turnAway: TurnAway): void {
  ofServers.set(server, turnAway);
}

/** Turns none away for a server that wraps another. */
export function turnAwayOf(server: object): TurnAway {
  return ofServers.get(server) ?? (() => null);
}

import type { ModelRepository } from './modelRepository.ts';

/**
 * Gets the encoded picture behind a URL of a request, of at most `most` bytes. What it throws is the answer.
 *
 * @throws {@link HttpError}
 */
export type FetchPicture = (
  url: string,
  options: { readonly signal: AbortSignal; readonly most: number },
) => Promise<Uint8Array>;

/** What routes work on. */
export interface ServerParts {
  readonly repository: ModelRepository;
  readonly version: string;
  readonly state: { draining: boolean };
  readonly limits: {
    readonly maxBody: number;
    /** Bytes of a picture that a text names: base64, a data URI, or a URL where they are allowed. */
    pictureOf(text: string, what: string, request: Request): Promise<Uint8Array>;
    /** Deadline from the header `Request-Timeout-Ms`; undefined without one. */
    timeoutOf(request: Request): number | undefined;
  };
}

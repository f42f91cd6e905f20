import type { ServedFile } from './repository.ts';

/** How one answer departs from what a sound hub would send. */
export interface Step {
  /** This step is used from here on, not only once. */
  readonly always?: boolean;
  readonly status?: number;
  /** Header fields to set, or with null to leave out. */
  readonly headers?: Readonly<Record<string, string | null>>;
  /** Location of a redirect; `{hub}` and `{cdn}` stand for the two origins with this run's prefix. */
  readonly redirect?: string;
  /** Another content than the announced one. */
  readonly file?: ServedFile;
  /** Close the socket without an answer. */
  readonly refuse?: boolean;
  /** Take the request and never answer. */
  readonly silent?: boolean;
  /** Close the socket after so many bytes of the body. */
  readonly cutAt?: number;
  /** End the (chunked) body properly after so many bytes. */
  readonly endAt?: number;
  /** Send so many bytes, then nothing more. */
  readonly stallAt?: number;
  /** Send the body in pieces of `size` bytes, one every `every` ms. */
  readonly drip?: { readonly size: number; readonly every: number };
  /** Flip a bit of the byte at this place of the file. */
  readonly corruptAt?: number;
  /** Answer 200 with everything, whatever range was asked for. */
  readonly ignoreRange?: boolean;
  /** Send the range so many bytes further on, and say so. */
  readonly shiftRange?: number;
  /** Send body bytes for ever after the content. */
  readonly endless?: boolean;
  /** Compress the body and say so. */
  readonly gzip?: boolean;
  /** Leave out `Content-Length`. */
  readonly unsized?: boolean;
  /** A body for an error. */
  readonly text?: string;
}

/** What the server does in one scenario: the steps of each kind of request in turn, sound answers once they run out. */
export interface Script {
  readonly head?: readonly Step[];
  readonly get?: readonly Step[];
  readonly cdn?: readonly Step[];
  readonly api?: readonly Step[];
  readonly files?: Readonly<Record<string, ServedFile>>;
  readonly commit?: string;
}

/** One request the server saw. */
export interface Seen {
  readonly kind: 'head' | 'get' | 'cdn' | 'api';
  readonly method: string;
  readonly path: string;
  readonly range: string | null;
  readonly ifRange: string | null;
  readonly authorization: string | null;
}

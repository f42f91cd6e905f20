import type { BeitError } from '../errors.ts';

/** What the hub says of one file at one commit. */
export interface RemoteFile {
  readonly name: string;
  /** 40 hexadecimal digits. */
  readonly commit: string;
  /** The hash the hub names the content by: sha256 (64 digits) of LFS files, git's blob sha1 (40 digits) of others. */
  readonly etag: string;
  /** Unit: bytes; null when the server does not say. */
  readonly size: number | null;
}

/** What the hub answers when it is asked for a file at a revision. */
export type LookupResult =
  | { readonly is: 'found'; readonly file: RemoteFile }
  /** The revision has no such file; `commit` is null where the hub does not name it. */
  | { readonly is: 'absent'; readonly commit: string | null }
  /** The hub cannot be reached, or denies access to the repository. */
  | { readonly is: 'unavailable'; readonly error: BeitError };

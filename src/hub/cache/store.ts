import type { ByteSource } from '../../weights/bytes/byteSource.ts';
import type { StreamingHash } from '../hash/blockHash.ts';
import type { HashName } from '../hash/hash.ts';
import type { RemoteFile } from '../remoteFile.ts';

/** A file on its way into the store: written in order from `size` on, invisible until `publish`. */
export interface PartialFile {
  /** Bytes that are already there from an earlier, interrupted download. */
  readonly size: number;
  /** Those bytes, to be hashed again. */
  stored(): AsyncIterable<Uint8Array>;
  append(bytes: Uint8Array): Promise<void>;
  /** Forgets every byte. */
  truncate(): Promise<void>;
  /** Makes the file visible under its name, at once and whole. */
  publish(): Promise<void>;
  /** Lets go; unless published, what was written is kept for the next attempt where the store can do so. */
  release(): Promise<void>;
}

/**
 * Where downloaded files are kept. Two exist: a folder shared with Python's `huggingface_hub` (Node, Deno, Bun) and the
 * Cache API (browsers, Workers). Every method throws `BeitError` only, `FileSystem` when the storage fails.
 */
export interface HubStore {
  /** What to call this store in a message, such as its folder. */
  readonly where: string;
  /** True when a failed write should fall back to the plain network instead of failing the read. */
  readonly optional: boolean;
  /** The commit `revision` meant when it was last asked for. */
  readRef(repository: string, revision: string): Promise<string | null>;
  writeRef(repository: string, revision: string, commit: string): Promise<void>;
  /** A stored file; 'absent' when it is known that the commit has no such file; null when nothing is known. */
  find(repository: string, commit: string, name: string): Promise<ByteSource | 'absent' | null>;
  markAbsent(repository: string, commit: string, name: string): Promise<void>;
  /**
   * Takes the file for writing, waiting while another writer has it. Null when its content is there by now, in which
   * case it has been made visible under its name.
   */
  begin(repository: string, file: RemoteFile, signal: AbortSignal | undefined): Promise<PartialFile | null>;
  /**
   * Compares a stored file with the hash it is named by, where the store can, and removes it when it is not that content.
   *
   * @returns where it was, or null where nothing is wrong with it
   */
  removeBroken?(repository: string, commit: string, name: string): Promise<string | null>;
  /** A faster digest than `streamingHash`, where the runtime has one. */
  createHash?(name: HashName): StreamingHash;
}

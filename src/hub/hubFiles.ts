import { BeitError, check, throwIfAborted } from '../errors.ts';
import type { ByteSource, ModelFiles } from '../weights/bytes/byteSource.ts';
import type { HubStore, RemoteFile } from './cache/store.ts';
import { type ConnectionOptions, connectionOf } from './http/connection.ts';
import { EntryNotFound } from './http/refusal.ts';
import { lookup } from './lookup.ts';
import { checkFileName, checkRepository, checkRevision, isCommit } from './names.ts';
import type { OnProgress } from './progressEvent.ts';
import { announced, fetchFile, quietly, type Route } from './transfer/fetchFile.ts';

/** How `hubFiles` reaches the hub and where it keeps what it gets. */
export interface HubOptions extends ConnectionOptions {
  /** Branch, tag or commit. Default: 'main'. */
  readonly revision?: string | undefined;
  /** Never touches the network. Default: false. */
  readonly localFilesOnly?: boolean | undefined;
  readonly onProgress?: OnProgress | undefined;
  /** Where files are kept; null: nowhere, they are read from the network. */
  readonly store: HubStore | null;
}

/**
 * The files of a repository on the hub, through the store. All of them come from one commit: the one the revision means
 * when the first file is opened. `open` answers null for a file the commit does not have.
 *
 * @throws `InvalidArgument` for names, ids, revisions, tokens and endpoints that could lead anywhere else; from `open`
 * also `RepositoryNotFound`, `RevisionNotFound`, `GatedRepository`, `Network`, `IntegrityFailed`, `FileSystem`,
 * `FileNotFound` (offline, and the store has nothing of this revision), `Aborted`.
 * @example
 * const files = hubFiles('microsoft/beit-base-patch16-224', { store: await cacheApiStore() });
 * const config = await files.open('config.json');
 */
export function hubFiles(repository: string, options: HubOptions): ModelFiles {
  checkRepository(repository);
  checkRevision(options.revision ?? 'main');
  return new HubFiles(repository, options);
}

class HubFiles implements ModelFiles {
  readonly #repository: string;
  readonly #revision: string;
  readonly #options: HubOptions;
  readonly #route: Route;
  readonly #opening = new Map<string, Promise<ByteSource | null>>();
  /** What the first lookup learns; those that come meanwhile wait for it, so that all files are of one commit. */
  #first: Promise<unknown> | null = null;
  /** The commit everything is read from, once known. */
  #commit: string | null;

  constructor(repository: string, options: HubOptions) {
    const { store, onProgress } = options;
    const revision = options.revision ?? 'main';
    this.#repository = repository;
    this.#revision = revision;
    this.#options = options;
    this.#route = { connection: connectionOf(options), repository, revision, store, onProgress };
    this.#commit = isCommit(revision) ? revision : null;
  }

  async open(name: string): Promise<ByteSource | null> {
    checkFileName(name);
    throwIfAborted(this.#options.signal);
    const running = this.#opening.get(name);
    if (running) return await running;
    const opened = this.#openOnce(name).finally(() => this.#opening.delete(name));
    this.#opening.set(name, opened);
    return await opened;
  }

  async #openOnce(name: string): Promise<ByteSource | null> {
    this.#options.onProgress?.({ status: 'initiate', name: this.#repository, file: name });
    if (this.#options.localFilesOnly) return await this.#openOffline(name);
    const known = this.#commit && (await this.#stored(this.#commit, name));
    if (known) return known === 'absent' ? null : known;
    const remote = await this.#remote(name);
    return remote !== null && 'etag' in remote ? await this.#fetchedOrGone(remote) : remote;
  }

  /** Only what the store has. A revision it has never seen is an error; a single file it lacks is null. */
  async #openOffline(name: string): Promise<ByteSource | null> {
    const { store } = this.#options;
    const commit = this.#commit ?? (await store?.readRef(this.#repository, this.#revision)) ?? null;
    const known = commit && (await this.#stored(commit, name));
    if (known) return known === 'absent' ? null : known;
    const where = store ? `not in ${store.where}` : 'there is no cache';
    const what = `"${name}" of ${this.#repository}@${this.#revision}`;
    const seen = commit !== null && (await this.#hasAny(commit));
    check(seen, 'FileNotFound', `Cannot open ${what} offline: ${where}`);
    return null;
  }

  /** Whether the store has ever seen a commit: every model has a config, or is known to have none. */
  async #hasAny(commit: string): Promise<boolean> {
    return ((await this.#options.store?.find(this.#repository, commit, 'config.json')) ?? null) !== null;
  }

  /** What the hub says, or, when it cannot be asked, what the store has. */
  async #remote(name: string): Promise<RemoteFile | ByteSource | null> {
    if (this.#first) await this.#first.catch(() => undefined);
    const asked = lookup(this.#route.connection, this.#repository, this.#commit ?? this.#revision, name);
    if (this.#commit === null) this.#first = asked;
    try {
      const file = await asked;
      this.#commit ??= file.commit;
      return file;
    } catch (error) {
      if (error instanceof EntryNotFound) return await this.#absent(name, error.commit);
      return await this.#fallBack(name, error);
    }
  }

  async #absent(name: string, commit: string | null): Promise<null> {
    if (commit === null || !isCommit(commit)) return null;
    this.#commit ??= commit;
    const { store } = this.#options;
    await quietly(store?.markAbsent(this.#repository, commit, name));
    await quietly(store?.writeRef(this.#repository, this.#revision, commit));
    return null;
  }

  /** The store's copy of an earlier answer; as `huggingface_hub` does, also for a repository that is refused now. */
  async #fallBack(name: string, error: unknown): Promise<ByteSource | null> {
    const mayFall =
      error instanceof BeitError && ['Network', 'RepositoryNotFound', 'GatedRepository'].includes(error.code);
    const { store } = this.#options;
    if (!mayFall || !store) throw error;
    const commit = this.#commit ?? (await store.readRef(this.#repository, this.#revision));
    const known = commit === null ? null : await this.#stored(commit, name);
    if (known === null) throw coldCache(error, name, store);
    this.#commit ??= commit;
    return known === 'absent' ? null : known;
  }

  async #fetchedOrGone(file: RemoteFile): Promise<ByteSource | null> {
    try {
      return await fetchFile(this.#route, file);
    } catch (error) {
      if (error instanceof EntryNotFound) return await this.#absent(file.name, error.commit);
      throw error;
    }
  }

  /** A file the store has, with the events of one that needed no download. */
  async #stored(commit: string, name: string): Promise<ByteSource | 'absent' | null> {
    const { store } = this.#options;
    const known = (await store?.find(this.#repository, commit, name)) ?? null;
    return known instanceof Object ? announced(this.#route, known, true) : known;
  }
}

function coldCache(error: BeitError, name: string, store: HubStore): BeitError {
  return new BeitError(error.code, `${error.message}; "${name}" is not in ${store.where} either`, { cause: error });
}

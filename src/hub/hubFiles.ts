import { BeitError, check, throwIfAborted } from '../errors.ts';
import type { ByteSource, FilesOrigin, ModelFiles } from '../weights/bytes/byteSource.ts';
import type { HubStore } from './cache/store.ts';
import { type ConnectionOptions, connectionOf } from './http/connection.ts';
import { lookup } from './lookup.ts';
import { checkFileName, checkRepository, checkRevision, isCommit } from './names.ts';
import type { OnProgress } from './progressEvent.ts';
import type { LookupResult } from './remoteFile.ts';
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

/** For an answer about a file that the store has, as `huggingface_hub` has it; unit: ms. */
const HASTY = 10_000;

class HubFiles implements ModelFiles {
  readonly reportsProgress = true;
  readonly #repository: string;
  readonly #revision: string;
  readonly #options: HubOptions;
  readonly #route: Route;
  readonly #opening = new Map<string, Promise<ByteSource | null>>();
  /** Names of the files that were in the store already. */
  readonly #given = new Set<string>();
  /** The result of the first lookup; lookups that start meanwhile wait for it, so that all files are of one commit. */
  #first: Promise<unknown> | null = null;
  /** The commit everything is read from, once known. */
  #commit: string | null;

  constructor(repository: string, options: HubOptions) {
    const { store, onProgress } = options;
    const revision = options.revision ?? 'main';
    this.#repository = repository;
    this.#revision = revision;
    this.#options = options;
    const connection = connectionOf(options);
    const again: Route['lookup'] = (at, name) => lookup(connection, repository, at, name);
    this.#route = { connection, repository, revision, store, lookup: again, onProgress };
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

  /** The repository at the commit that is read here; at the revision when the hub cannot be reached. */
  async origin(): Promise<FilesOrigin> {
    const known = this.#commit !== null || this.#options.localFilesOnly;
    if (!known) await (this.#first ?? this.open('config.json')).catch(() => undefined);
    return { source: this.#repository, revision: this.#commit ?? this.#revision };
  }

  async #openOnce(name: string): Promise<ByteSource | null> {
    this.#options.onProgress?.({ status: 'initiate', name: this.#repository, file: name });
    if (this.#options.localFilesOnly) return await this.#openOffline(name);
    const known = this.#commit && (await this.#stored(this.#commit, name));
    if (known) return known === 'absent' ? null : known;
    const answer = await this.#lookup(name);
    switch (answer.is) {
      case 'found':
        this.#given.add(name);
        return await fetchFile(this.#route, answer.file);
      case 'absent':
        return await this.#absent(name, answer.commit);
      case 'unavailable':
        return await this.#fallBack(name, answer.error);
    }
  }

  /** Only what the store has. A revision it has never seen is an error; a single file it lacks is null. */
  async #openOffline(name: string): Promise<ByteSource | null> {
    const { store } = this.#options;
    const commit = this.#commit ?? (await store?.readRef(this.#repository, this.#revision)) ?? null;
    this.#commit ??= commit;
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

  /** What the hub answers. The first answer fixes the commit; lookups that come meanwhile wait for it. */
  async #lookup(name: string): Promise<LookupResult> {
    if (this.#first) await this.#first.catch(() => undefined);
    const asked = this.#ask(name);
    if (this.#commit === null) this.#first = asked;
    const answer = await asked;
    if (answer.is === 'found') this.#commit ??= answer.file.commit;
    if (answer.is === 'absent') this.#commit ??= answer.commit;
    return answer;
  }

  /** Hashes every file that the store gave, which takes a while: for when one of them makes no sense. */
  async removeBroken(): Promise<boolean> {
    const { store, localFilesOnly } = this.#options;
    const broken: string[] = [];
    for (const name of this.#given) {
      const where = this.#commit && (await store?.removeBroken?.(this.#repository, this.#commit, name));
      if (where) broken.push(where);
    }
    check(broken.length === 0 || !localFilesOnly, 'IntegrityFailed', () => {
      return `Cannot open ${this.#repository} offline: its copy in the cache was cut short or changed, and was removed: ${broken.join(', ')}`;
    });
    return broken.length > 0;
  }

  /** Whether the store could answer instead of the hub. */
  async #isCached(name: string): Promise<boolean> {
    const { store } = this.#options;
    const commit = this.#commit ?? (await store?.readRef(this.#repository, this.#revision)) ?? null;
    return commit !== null && (await store?.find(this.#repository, commit, name)) instanceof Object;
  }

  /** Once and not for long, where the store could answer instead. */
  async #ask(name: string): Promise<LookupResult> {
    const at = this.#commit ?? this.#revision;
    if (!(await this.#isCached(name))) return this.#route.lookup(at, name);
    const { connection } = this.#route;
    const { timing } = connection;
    const hasty = { ...connection, timing: { ...timing, attempts: 1, answer: Math.min(timing.answer, HASTY) } };
    return lookup(hasty, this.#repository, at, name);
  }

  async #absent(name: string, commit: string | null): Promise<null> {
    if (commit === null) return null;
    const { store } = this.#options;
    await quietly(store?.markAbsent(this.#repository, commit, name));
    await quietly(store?.writeRef(this.#repository, this.#revision, commit));
    return null;
  }

  /** The store's copy of an earlier answer; as `huggingface_hub` does, also when access to the repository is denied now. */
  async #fallBack(name: string, error: BeitError): Promise<ByteSource | null> {
    const { store } = this.#options;
    if (!store) throw error;
    const commit = this.#commit ?? (await store.readRef(this.#repository, this.#revision));
    const known = commit === null ? null : await this.#stored(commit, name);
    if (known === null) throw coldCache(error, name, store);
    this.#commit ??= commit;
    return known === 'absent' ? null : known;
  }

  /** A file the store has, with the events of one that needed no download. */
  async #stored(commit: string, name: string): Promise<ByteSource | 'absent' | null> {
    const { store } = this.#options;
    const known = (await store?.find(this.#repository, commit, name)) ?? null;
    if (!(known instanceof Object)) return known;
    this.#given.add(name);
    return announced(this.#route, known, true);
  }
}

function coldCache(error: BeitError, name: string, store: HubStore): BeitError {
  return new BeitError(error.code, `${error.message}; "${name}" is not in ${store.where} either`, { cause: error });
}

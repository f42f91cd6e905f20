import { createHash, randomBytes } from 'node:crypto';
import { copyFile, mkdir, readFile, realpath, rename, stat, symlink, unlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import type { HubStore, PartialFile } from '../../hub/cache/store.ts';
import { isCommit } from '../../hub/names.ts';
import type { RemoteFile } from '../../hub/remoteFile.ts';
import type { ByteSource } from '../../weights/bytes/byteSource.ts';
import { acquireLock } from './fileLock.ts';
import { fileSource } from './fileSource.ts';
import { errno, ifThere, onDisk } from './fileSystemError.ts';
import { PartialBlob } from './partialBlob.ts';

const CACHEDIR_TAG =
  'Signature: 8a477f597d28d172789f06886806bc55\n# A cache of models; see https://bford.info/cachedir/\n';

/**
 * The store of Node, Deno and Bun: the folder `huggingface_hub` keeps, in its layout, so that each finds what the other
 * downloaded. `models--owner--name/` holds `blobs/<etag>`, `refs/<revision>` (a commit), `snapshots/<commit>/<name>`
 * (a relative link to the blob) and `.no_exist/<commit>/<name>`; locks are in `.locks/`.
 *
 * @param cacheDir the folder; `hubEnvironment` says which.
 * @param options.symlinks false to copy instead of linking, as `HF_HUB_DISABLE_SYMLINKS` asks; also what happens where
 * the file system has no links.
 * @example
 * const files = hubFiles('microsoft/beit-base-patch16-224', { store: nodeHubStore('/models/hub') });
 */
export function nodeHubStore(cacheDir: string, options: { readonly symlinks?: boolean } = {}): HubStore {
  return new NodeHubStore(resolve(cacheDir), options.symlinks ?? true);
}

class NodeHubStore implements HubStore {
  readonly where: string;
  readonly optional = false;
  readonly #symlinks: boolean;

  constructor(cacheDir: string, symlinks: boolean) {
    this.where = cacheDir;
    this.#symlinks = symlinks;
  }

  createHash(name: 'sha256' | 'sha1'): { update(bytes: Uint8Array): void; digest(): string } {
    const hash = createHash(name);
    return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest('hex') };
  }

  async readRef(repository: string, revision: string): Promise<string | null> {
    const path = this.#path(repository, 'refs', revision);
    const commit = (await ifThere(`read ${path}`, () => readFile(path, 'utf8')))?.trim() ?? '';
    return isCommit(commit) ? commit : null;
  }

  async writeRef(repository: string, revision: string, commit: string): Promise<void> {
    if (revision === commit || (await this.readRef(repository, revision)) === commit) return;
    const path = this.#path(repository, 'refs', revision);
    await onDisk(`write ${path}`, () => replace(path, (temporary) => writeFile(temporary, commit)));
  }

  async find(repository: string, commit: string, name: string): Promise<ByteSource | 'absent' | null> {
    const folder = this.#path(repository, 'snapshots', commit);
    const source = await fileSource(folder, name);
    if (source) return source;
    const mark = this.#path(repository, '.no_exist', commit, name);
    return (await ifThere(`look at ${mark}`, () => stat(mark))) ? 'absent' : null;
  }

  /** A blob goes by its hash: sha256 of the content, or git's sha1 of `blob <size>\0` and the content. */
  async removeBroken(repository: string, commit: string, name: string): Promise<string | null> {
    const pointer = this.#path(repository, 'snapshots', commit, name);
    const blob = await ifThere(`look at ${pointer}`, () => realpath(pointer));
    const etag = blob && basename(blob);
    if (!etag || !/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(etag)) return null;
    const source = await fileSource(dirname(blob), etag);
    if (!source) return null;
    const hash = createHash(etag.length === 64 ? 'sha256' : 'sha1');
    if (etag.length === 40) hash.update(`blob ${source.size}\0`);
    for await (const chunk of source.stream(0, source.size)) hash.update(chunk);
    if (hash.digest('hex') === etag) return null;
    await onDisk(`remove ${blob}`, async () => {
      await unlink(blob);
      await unlink(pointer).catch(() => undefined);
    });
    return blob;
  }

  async markAbsent(repository: string, commit: string, name: string): Promise<void> {
    const mark = this.#path(repository, '.no_exist', commit, name);
    await onDisk(`write ${mark}`, async () => {
      await mkdir(dirname(mark), { recursive: true });
      await writeFile(mark, '');
    });
  }

  async begin(repository: string, file: RemoteFile, signal: AbortSignal | undefined): Promise<PartialFile | null> {
    const blob = this.#path(repository, 'blobs', file.etag);
    const lock = join(this.where, '.locks', folderName(repository), `${file.etag}.beit.lock`);
    await onDisk(`write to ${this.where}`, () => this.#prepare());
    const release = await acquireLock(lock, signal, async () => await this.#isComplete(repository, file, blob));
    if (release === null) {
      if (!(await this.#isVisible(repository, file))) await this.#link(repository, file, blob, false);
      return null;
    }
    try {
      return await PartialBlob.open(blob, {
        publish: async (path) => {
          await rename(path, blob);
          await this.#link(repository, file, blob, true);
        },
        release,
      });
    } catch (error) {
      await release();
      throw error;
    }
  }

  #path(repository: string, ...parts: string[]): string {
    return join(this.where, folderName(repository), ...parts);
  }

  async #prepare(): Promise<void> {
    await mkdir(this.where, { recursive: true });
    const tag = join(this.where, 'CACHEDIR.TAG');
    await writeFile(tag, CACHEDIR_TAG, { flag: 'wx' }).catch((cause) => {
      if (errno(cause) !== 'EEXIST') throw cause;
    });
  }

  async #isComplete(repository: string, file: RemoteFile, blob: string): Promise<boolean> {
    const found = await ifThere(`look at ${blob}`, () => stat(blob));
    const whole = found?.isFile() && (file.size === null || found.size === file.size);
    return whole || (await this.#isVisible(repository, file));
  }

  async #isVisible(repository: string, file: RemoteFile): Promise<boolean> {
    const source = await fileSource(this.#path(repository, 'snapshots', file.commit), file.name);
    return source !== null && file.size !== null && source.size === file.size;
  }

  /** The name of a blob in a snapshot: a relative link, or the content itself where links cannot be made. */
  async #link(repository: string, file: RemoteFile, blob: string, isNew: boolean): Promise<void> {
    const pointer = this.#path(repository, 'snapshots', file.commit, file.name);
    await onDisk(`write ${pointer}`, () =>
      replace(pointer, async (temporary) => {
        if (this.#symlinks && (await tryLink(relative(dirname(pointer), blob), temporary))) return;
        await (isNew ? rename(blob, temporary) : copyFile(blob, temporary));
      }),
    );
  }
}

function folderName(repository: string): string {
  return `models--${repository.replaceAll('/', '--')}`;
}

/** Replaces `path` by a rename, so that readers never see a part of it. */
async function replace(path: string, make: (temporary: string) => Promise<void>): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    await make(temporary);
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
}

async function tryLink(target: string, path: string): Promise<boolean> {
  try {
    await symlink(target, path);
    return true;
  } catch (cause) {
    if (['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EINVAL'].includes(errno(cause) ?? '')) return false;
    throw cause;
  }
}

import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { check } from '../../errors.ts';
import type { PartialFile } from '../../hub/cache/store.ts';
import { fileSource } from './fileSource.ts';
import { ifThere, onDisk } from './fileSystemError.ts';

/**
 * A blob on its way: `<etag>.beit-<8 hex>.incomplete` beside the place it will have. The name is this writer's own, as
 * in `huggingface_hub`; what a dead writer left is adopted by renaming it. Where a lock fails and that writer lives, both
 * append to one file: its size tells, and it is not published.
 */
export class PartialBlob implements PartialFile {
  #handle: FileHandle | null;
  readonly #path: string;
  readonly #onPublish: () => Promise<void>;
  readonly #onRelease: () => Promise<void>;
  #written: number;

  private constructor(path: string, handle: FileHandle, size: number, done: Callbacks) {
    this.#path = path;
    this.#handle = handle;
    this.#written = size;
    this.#onPublish = () => done.publish(path);
    this.#onRelease = done.release;
  }

  /** Opens the longest remainder of `blob`, or a new file. */
  static async open(blob: string, done: Callbacks): Promise<PartialBlob> {
    const path = `${blob}.beit-${randomBytes(4).toString('hex')}.incomplete`;
    return await onDisk(`write ${path}`, async () => {
      await mkdir(dirname(blob), { recursive: true });
      await adopt(blob, path);
      const handle = await open(path, 'a+');
      return new PartialBlob(path, handle, (await handle.stat()).size, done);
    });
  }

  get size(): number {
    return this.#written;
  }

  async *stored(): AsyncGenerator<Uint8Array> {
    const source = await fileSource(dirname(this.#path), basename(this.#path));
    if (source) yield* source.stream(0, this.#written);
  }

  async append(bytes: Uint8Array): Promise<void> {
    await onDisk(`write ${this.#path}`, async () => await this.#handle?.appendFile(bytes));
    this.#written += bytes.length;
  }

  async truncate(): Promise<void> {
    await onDisk(`write ${this.#path}`, async () => await this.#handle?.truncate(0));
    this.#written = 0;
  }

  /** The content reaches the disk before the name does, so that a power cut cannot leave a whole name on half a file. */
  async publish(): Promise<void> {
    await onDisk(`write ${this.#path}`, async () => await this.#handle?.datasync());
    const found = await onDisk(`look at ${this.#path}`, async () => (await this.#handle?.stat())?.size);
    const message = `Cannot publish ${this.#path}: expected ${this.#written} bytes, found ${found}: another wrote to it too`;
    check(found === this.#written, 'IntegrityFailed', message);
    await this.#close();
    await onDisk(`publish ${this.#path}`, this.#onPublish);
  }

  async release(): Promise<void> {
    await this.#close();
    if (this.#written === 0) await unlink(this.#path).catch(() => undefined);
    await this.#onRelease();
  }

  async #close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = null;
    await handle?.close();
  }
}

/** What a partial file's owner does when it is complete, and when it is let go. */
export interface Callbacks {
  publish(path: string): Promise<void>;
  release(): Promise<void>;
}

/** Renames the longest remainder of `blob` to `path` and removes the others. The caller holds the lock. */
async function adopt(blob: string, path: string): Promise<void> {
  const folder = dirname(blob);
  const prefix = `${basename(blob)}.beit-`;
  const names = (await readdir(folder)).filter((name) => name.startsWith(prefix) && name.endsWith('.incomplete'));
  const found = await Promise.all(
    names.map(async (name) => ({ name, size: (await ifThere(name, () => stat(join(folder, name))))?.size ?? 0 })),
  );
  found.sort((a, b) => b.size - a.size);
  for (const [i, { name }] of found.entries()) {
    await ifThere(name, () => (i === 0 ? rename(join(folder, name), path) : unlink(join(folder, name))));
  }
}

import { concatBytes } from '../../concatBytes.ts';
import { BeitError } from '../../errors.ts';
import type { HubStore, PartialFile } from '../cache/store.ts';
import { contentCheck } from '../hash/contentCheck.ts';
import type { Connection } from '../http/connection.ts';
import { type OnProgress, progressOf } from '../progressEvent.ts';
import type { LookupResult, RemoteFile } from '../remoteFile.ts';
import { ContentChanged } from './rangeAnswer.ts';
import { remoteBytes } from './remoteBytes.ts';

/** How often a file may change while it is downloaded before that is an error. */
const MOST_CHANGES = 3;

/** Where a download comes from, goes to and reports to. */
export interface DownloadJob {
  readonly connection: Connection;
  readonly repository: string;
  readonly store: HubStore;
  /** Asks the hub once more, for a file that changed meanwhile. */
  readonly lookup: (revision: string, name: string) => Promise<LookupResult>;
  readonly onProgress: OnProgress | undefined;
}

/**
 * Brings a file into the store: resumed from what an earlier attempt left, hashed on the way, visible only when its
 * hash is right. Resumed bytes that turn out wrong are thrown away and fetched once more from zero.
 *
 * @returns whether the hub still has the file
 * @throws `Network`, `IntegrityFailed`, `FileSystem`, `Aborted`, and what `lookup` throws.
 */
export async function download(transfer: DownloadJob, file: RemoteFile): Promise<boolean> {
  for (let changes = 0; ; changes++) {
    try {
      await transferOnce(transfer, file);
      return true;
    } catch (error) {
      if (!(error instanceof ContentChanged)) throw error;
      if (changes === MOST_CHANGES)
        throw new BeitError('IntegrityFailed', `Cannot fetch "${file.name}": it keeps changing`);
      const now = await transfer.lookup(file.commit, file.name);
      if (now.is === 'absent') return false;
      if (now.is === 'unavailable') throw now.error;
      file = now.file;
    }
  }
}

async function transferOnce(transfer: DownloadJob, file: RemoteFile): Promise<void> {
  const { store, repository, connection } = transfer;
  const partial = await store.begin(repository, file, connection.signal);
  if (partial === null) return;
  try {
    transfer.onProgress?.({ status: 'download', name: repository, file: file.name });
    if (file.size === null) await fillUnsized(transfer, file, partial);
    else await fill(transfer, file, file.size, partial);
    await partial.publish();
  } catch (error) {
    // bytes of another content, or wrong ones, are of no use to the next attempt
    if (error instanceof ContentChanged || isIntegrity(error)) await partial.truncate();
    throw error;
  } finally {
    await partial.release();
  }
}

async function fill(transfer: DownloadJob, file: RemoteFile, size: number, partial: PartialFile): Promise<void> {
  if (partial.size > size) await partial.truncate();
  const resumed = partial.size > 0;
  try {
    await fillVerified(transfer, file, size, partial);
  } catch (error) {
    if (!resumed || !isIntegrity(error)) throw error;
    await partial.truncate();
    await fillVerified(transfer, file, size, partial);
  }
}

async function fillVerified(
  transfer: DownloadJob,
  file: RemoteFile,
  size: number,
  partial: PartialFile,
): Promise<void> {
  const { connection, repository, store, onProgress } = transfer;
  const content = contentCheck(file.name, file.etag, size, store.createHash?.bind(store));
  let loaded = partial.size;
  if (loaded > 0) for await (const chunk of partial.stored()) content.update(chunk);
  onProgress?.(progressOf(repository, file.name, loaded, size));
  for await (const chunk of remoteBytes(connection, repository, file, loaded)) {
    content.update(chunk);
    await partial.append(chunk);
    loaded += chunk.length;
    onProgress?.(progressOf(repository, file.name, loaded, size));
  }
  content.finish();
}

/** Without a size git's hash cannot start, so the (small) content is gathered first. */
async function fillUnsized(transfer: DownloadJob, file: RemoteFile, partial: PartialFile): Promise<void> {
  const { connection, repository, store, onProgress } = transfer;
  if (partial.size > 0) await partial.truncate();
  const bytes = await gather(remoteBytes(connection, repository, file, 0, null));
  const content = contentCheck(file.name, file.etag, bytes.length, store.createHash?.bind(store));
  content.update(bytes);
  content.finish();
  await partial.append(bytes);
  onProgress?.(progressOf(repository, file.name, bytes.length, bytes.length));
}

/** All chunks as one array. */
export async function gather(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const kept: Uint8Array[] = [];
  for await (const chunk of chunks) kept.push(chunk);
  return concatBytes(kept);
}

function isIntegrity(error: unknown): boolean {
  return error instanceof BeitError && error.code === 'IntegrityFailed';
}

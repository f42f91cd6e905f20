import { BeitError, check } from '../../errors.ts';
import type { ByteSource } from '../../weights/bytes/byteSource.ts';
import type { HubStore } from '../cache/store.ts';
import { progressOf } from '../progressEvent.ts';
import type { RemoteFile } from '../remoteFile.ts';
import { type DownloadJob, download } from './download.ts';
import { networkSource } from './networkSource.ts';

/** Where files come from, where they are kept, if anywhere, and where progress is reported. */
export interface Route extends Omit<DownloadJob, 'store'> {
  readonly revision: string;
  readonly store: HubStore | null;
}

/**
 * A file the hub has described: from the store, downloaded into it before if need be; from the network where there is
 * no store, or one that may do without (`optional`) and could not keep it. Null when the hub has it no longer.
 *
 * @throws what `download` and `networkSource` throw.
 */
export async function fetchFile(route: Route, file: RemoteFile): Promise<ByteSource | null> {
  const { repository, revision, store } = route;
  if (!store) return await networkSource({ ...route, file });
  let source = await store.find(repository, file.commit, file.name);
  const whole = source instanceof Object && (file.size === null || source.size === file.size);
  if (!whole) {
    if (!(await bringInto(store, route, file))) return null;
    source = await store.find(repository, file.commit, file.name);
  }
  await quietly(store.writeRef(repository, revision, file.commit));
  if (source instanceof Object) return announced(route, source, whole);
  check(store.optional, 'FileSystem', `Cannot open "${file.name}": it vanished from ${store.where}`);
  return await networkSource({ ...route, file });
}

/** Whether the hub still has the file. A file that an optional store cannot keep is not an error here. */
async function bringInto(store: HubStore, route: Route, file: RemoteFile): Promise<boolean> {
  const downloaded = download({ ...route, store }, file);
  return store.optional ? ((await quietly(downloaded)) ?? true) : downloaded;
}

/** Sends the events of a file that is there; one that needed no download is reported as read whole. */
export function announced({ repository, onProgress }: Route, source: ByteSource, cached: boolean): ByteSource {
  if (cached) onProgress?.(progressOf(repository, source.name, source.size, source.size));
  onProgress?.({ status: 'done', name: repository, file: source.name });
  return source;
}

/** Ignores that a store cannot be written to, as a read-only cache: the read succeeds all the same. */
export async function quietly<T>(noted: Promise<T> | undefined): Promise<T | undefined> {
  try {
    return await noted;
  } catch (error) {
    if (!(error instanceof BeitError && error.code === 'FileSystem')) throw error;
    return undefined;
  }
}

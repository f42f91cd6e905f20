import { BeitError, check } from '../../errors.ts';
import type { ByteSource } from '../../weights/bytes/byteSource.ts';
import type { HubStore, RemoteFile } from '../cache/store.ts';
import type { Connection } from '../http/connection.ts';
import { type OnProgress, progressOf } from '../progressEvent.ts';
import { download } from './download.ts';
import { networkSource } from './networkSource.ts';

/** Where files come from, where they are kept and who hears of it. */
export interface Route {
  readonly connection: Connection;
  readonly repository: string;
  readonly revision: string;
  readonly store: HubStore | null;
  readonly onProgress: OnProgress | undefined;
}

/**
 * A file the hub has described: from the store, downloaded into it before if need be; from the network where there is
 * no store, or one that may do without (`optional`) and could not keep it.
 *
 * @throws what `download` and `networkSource` throw.
 */
export async function fetchFile(route: Route, file: RemoteFile): Promise<ByteSource> {
  const { repository, revision, store } = route;
  if (!store) return await networkSource({ ...route, file });
  let source = await store.find(repository, file.commit, file.name);
  const whole = source instanceof Object && (file.size === null || source.size === file.size);
  if (!whole) {
    await bringInto(store, route, file);
    source = await store.find(repository, file.commit, file.name);
  }
  await quietly(store.writeRef(repository, revision, file.commit));
  if (source instanceof Object) return announced(route, source, whole);
  check(store.optional, 'FileSystem', `Cannot open "${file.name}": it vanished from ${store.where}`);
  return await networkSource({ ...route, file });
}

/** What an optional store cannot keep is no error here. */
async function bringInto(store: HubStore, { connection, repository, onProgress }: Route, file: RemoteFile) {
  const downloaded = download({ connection, repository, store, onProgress }, file);
  await (store.optional ? quietly(downloaded) : downloaded);
}

/** Sends the events of a file that is there; one that needed no download is reported as read whole. */
export function announced({ repository, onProgress }: Route, source: ByteSource, cached: boolean): ByteSource {
  if (cached) onProgress?.(progressOf(repository, source.name, source.size, source.size));
  onProgress?.({ status: 'done', name: repository, file: source.name });
  return source;
}

/** A store that cannot note something down (a read-only cache) is no reason to fail a read. */
export async function quietly(noted: Promise<void> | undefined): Promise<void> {
  try {
    await noted;
  } catch (error) {
    if (!(error instanceof BeitError && error.code === 'FileSystem')) throw error;
  }
}

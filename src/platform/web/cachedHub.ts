import { cacheApiStore } from '../../hub/cache/cacheApiStore.ts';
import { hubFiles } from '../../hub/hubFiles.ts';
import type { ModelFiles } from '../../weights/bytes/byteSource.ts';
import type { HubAccess } from '../platform.ts';

/** The files of a hub repository through the Cache API, or straight from the network where there is none. */
export async function cachedHub(repository: string, { cacheDir: _, ...options }: HubAccess): Promise<ModelFiles> {
  return hubFiles(repository, { ...options, store: await cacheApiStore() });
}

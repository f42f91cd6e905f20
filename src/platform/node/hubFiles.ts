import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { clean, type Environment, hubEnvironment } from '../../hub/environment.ts';
import { type HubOptions, hubFiles } from '../../hub/hubFiles.ts';
import type { ModelFiles } from '../../weights/bytes/byteSource.ts';
import { ifThere } from './fileSystemError.ts';
import { nodeHubStore } from './hubStore.ts';

/** What may be said beyond the environment; whatever is given here wins over it. */
export type NodeHubOptions = Omit<HubOptions, 'store'> & { readonly cacheDir?: string };

/**
 * The files of a repository through the cache `huggingface_hub` uses, with its environment variables and its token file.
 *
 * @throws as `hubFiles` does, and `FileSystem` when a token file is there but cannot be read.
 * @example
 * const files = await nodeHubFiles('microsoft/beit-base-patch16-224');
 */
export async function nodeHubFiles(
  repository: string,
  options: NodeHubOptions = {},
  env: Environment = process.env,
): Promise<ModelFiles> {
  const { cacheDir, ...rest } = options;
  const found = hubEnvironment(env, homedir());
  const token = options.token ?? found.token ?? (await tokenOf(found.tokenFile));
  const store = nodeHubStore(cacheDir ?? found.cacheDir, { symlinks: found.symlinks });
  return hubFiles(repository, {
    ...rest,
    endpoint: options.endpoint ?? found.endpoint,
    localFilesOnly: options.localFilesOnly ?? found.offline,
    ...(token === undefined ? {} : { token }),
    store,
  });
}

async function tokenOf(path: string | undefined): Promise<string | undefined> {
  const text = path && (await ifThere(`read ${path}`, () => readFile(path, 'utf8')));
  return text ? clean(text) : undefined;
}

import { BeitError } from '../../errors.ts';
import { type ByteSource, bytesSource, streamSource } from '../../weights/bytes/byteSource.ts';
import { contentCheck } from '../hash/contentCheck.ts';
import type { Connection } from '../http/connection.ts';
import { type OnProgress, progressOf } from '../progressEvent.ts';
import type { RemoteFile } from '../remoteFile.ts';
import { gather } from './download.ts';
import { ContentChanged } from './rangeAnswer.ts';
import { remoteBytes } from './remoteBytes.ts';

/** Files up to this size are read whole and verified before any byte is used. Unit: bytes. */
const SMALL = 4 << 20;

/** What a file without a store needs. */
export interface NetworkFile {
  readonly connection: Connection;
  readonly repository: string;
  readonly file: RemoteFile;
  readonly onProgress: OnProgress | undefined;
}

/**
 * A source straight from the network, for runtimes with nowhere to keep files. A small file is verified before it is
 * handed out; a large one is verified when its last byte has passed in order, and that last chunk is withheld until then.
 *
 * @throws `IntegrityFailed` at once for small files, from `read` and `stream` for large ones.
 */
export async function networkSource(network: NetworkFile): Promise<ByteSource> {
  const { file, repository, onProgress } = network;
  onProgress?.({ status: 'download', name: repository, file: file.name });
  if (file.size !== null && file.size > SMALL) {
    const { size } = file;
    return streamSource(file.name, size, () => verified(network, size));
  }
  const bytes = await gather(unchanged(network));
  const content = contentCheck(file.name, file.etag, bytes.length);
  content.update(bytes);
  content.finish();
  onProgress?.(progressOf(repository, file.name, bytes.length, bytes.length));
  onProgress?.({ status: 'done', name: repository, file: file.name });
  return bytesSource(file.name, bytes);
}

async function* verified(network: NetworkFile, size: number): AsyncGenerator<Uint8Array> {
  const { file, repository, onProgress } = network;
  const content = contentCheck(file.name, file.etag, size);
  let loaded = 0;
  for await (const chunk of unchanged(network)) {
    content.update(chunk);
    loaded += chunk.length;
    if (loaded === size) content.finish();
    onProgress?.(progressOf(repository, file.name, loaded, size));
    yield chunk;
  }
  onProgress?.({ status: 'done', name: repository, file: file.name });
}

/** Bytes that were handed out cannot be taken back, so a change midway is an error here. */
async function* unchanged({ connection, repository, file }: NetworkFile): AsyncGenerator<Uint8Array> {
  try {
    yield* remoteBytes(connection, repository, file, 0);
  } catch (error) {
    if (!(error instanceof ContentChanged)) throw error;
    throw new BeitError('IntegrityFailed', `Cannot fetch "${file.name}": it changed on the server while it was read`);
  }
}

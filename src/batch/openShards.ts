import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, extname, isAbsolute, join, relative } from 'node:path';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { extract } from 'tar-stream';
import { glob } from 'tinyglobby';
import { BeitError, check, reason } from '../errors.ts';
import { quoted } from '../quoted.ts';
import type { Sample, Shard } from './sample.ts';

/** Endings of files that are taken from a folder. What a file is, its content says. */
const PICTURES = '**/*.{jpg,jpeg,png,webp,gif,bmp,tif,tiff,JPG,JPEG,PNG,WEBP,GIF,BMP,TIF,TIFF}';
const ENDING = /^\.(?:jpe?g|png|webp|gif|bmp|tiff?)$/i;

/**
 * The shards of an input, in an order that depends on nothing but names: a folder of pictures, of webdataset tar files or of
 * parquet files with encoded pictures; one such file; a glob; or `@list.txt` with a path a line.
 *
 * @param size pictures in a shard; a tar file is a shard as it is
 * @throws `FileNotFound` when nothing is found
 */
export async function openShards(input: string, size: number): Promise<Shard[]> {
  const files = await listFiles(input);
  check(files.length > 0, 'FileNotFound', () => `Cannot find pictures, .tar or .parquet files in ${quoted(input)}`);
  const containers = files.filter((file) => /\.(tar|parquet)$/.test(file));
  if (containers.length > 0) {
    const shards = await Promise.all(
      containers.map((file) => (file.endsWith('.tar') ? tarShards(file) : parquetShards(file, size))),
    );
    return shards.flat().map((shard, index) => ({ ...shard, index }));
  }
  const root = (await isFolder(input)) ? input : '';
  const groups = Array.from({ length: Math.ceil(files.length / size) }, (_, i) =>
    files.slice(i * size, (i + 1) * size),
  );
  return Promise.all(groups.map((group, index) => folderShard(group, index, root)));
}

const isFolder = async (path: string) => (await stat(path).catch(() => null))?.isDirectory() === true;

/** The files that an input names, none where there are none. @throws `FileNotFound` for a list that cannot be read */
export async function listFiles(input: string): Promise<string[]> {
  if (input.startsWith('@')) {
    const text = await readFile(input.slice(1), 'utf8').catch((cause) => missing(input.slice(1), cause));
    return text.split(/\r?\n/).filter((line) => line !== '');
  }
  if (await isFolder(input)) {
    const containers = await glob('*.{tar,parquet}', { cwd: input });
    const found = containers.length > 0 ? containers : await glob(PICTURES, { cwd: input });
    return found.sort().map((name) => join(input, name));
  }
  if (/[*?{[]/.test(input)) return (await glob(input.replaceAll('\\', '/'), { absolute: isAbsolute(input) })).sort();
  return (await stat(input).catch(() => null)) ? [input] : [];
}

function missing(path: string, cause: unknown): never {
  throw new BeitError('FileNotFound', `Cannot read the list ${quoted(path)}: ${reason(cause)}`, { cause });
}

async function fingerprintOf(files: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files) {
    const found = await stat(file).catch(() => null);
    hash.update(`${basename(file)}\n${found?.size}\n${found?.mtimeMs}\n`);
  }
  return hash.digest('hex');
}

async function folderShard(files: readonly string[], index: number, root: string): Promise<Shard> {
  async function* samples(): AsyncGenerator<Sample> {
    for (const path of files) yield { key: root ? relative(root, path) : path, read: () => pictureFile(path) };
  }
  return { index, name: numbered(index), fingerprint: await fingerprintOf(files), count: files.length, samples };
}

async function pictureFile(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new BeitError('FileNotFound', `Cannot read the picture ${quoted(path)}: ${reason(cause)}`, { cause });
  }
}

const numbered = (index: number) => String(index).padStart(5, '0');

type UnplacedShard = Omit<Shard, 'index'>;

async function tarShards(file: string): Promise<UnplacedShard[]> {
  const [name, fingerprint] = [basename(file, extname(file)), await fingerprintOf([file])];
  return [{ name, fingerprint, count: null, samples: () => tarSamples(file) }];
}

/** One file is one shard, or as many as it has times `size` rows. */
async function parquetShards(file: string, size: number): Promise<UnplacedShard[]> {
  const [name, fingerprint] = [basename(file, extname(file)), await fingerprintOf([file])];
  const { num_rows: total } = await parquetMetadataAsync(await asyncBufferFromFile(file));
  const parts = Math.max(1, Math.ceil(Number(total) / size));
  return Array.from({ length: parts }, (_, i) => {
    const [begin, end] = [i * size, Math.min((i + 1) * size, Number(total))];
    const samples = () => parquetSamples(file, begin, end);
    return { name: parts === 1 ? name : `${name}_${numbered(i)}`, fingerprint, count: end - begin, samples };
  });
}

/** Webdataset: the key is the path up to the first dot of the base name, the rest is what kind of file it is. */
async function* tarSamples(file: string): AsyncGenerator<Sample> {
  const entries = createReadStream(file).pipe(extract());
  for await (const entry of entries) {
    const { name, type } = entry.header;
    const dot = name.indexOf('.', name.lastIndexOf('/') + 1);
    const isPicture = type === 'file' && dot > 0 && ENDING.test(name.slice(name.lastIndexOf('.')));
    if (!isPicture) {
      entry.resume();
      continue;
    }
    const chunks: Uint8Array[] = [];
    for await (const chunk of entry) chunks.push(chunk as Uint8Array);
    const bytes = new Uint8Array(Buffer.concat(chunks));
    yield { key: name.slice(0, dot), read: async () => bytes };
  }
}

/** Names of columns with encoded pictures, as img2dataset, Hugging Face and others have them. */
const COLUMNS = ['image', 'jpg', 'png', 'webp', 'bytes', 'img'];

/** Rows of a parquet file that are in memory at a time. */
const ROWS = 256;

async function* parquetSamples(file: string, begin: number, end: number): AsyncGenerator<Sample> {
  const buffer = await asyncBufferFromFile(file);
  const metadata = await parquetMetadataAsync(buffer);
  for (let rowStart = begin; rowStart < end; rowStart += ROWS) {
    const rows = await parquetReadObjects({
      file: buffer,
      metadata,
      rowStart,
      rowEnd: Math.min(rowStart + ROWS, end),
      utf8: false,
    });
    yield* rowSamples(rows, rowStart, file);
  }
}

function* rowSamples(rows: readonly Record<string, unknown>[], first: number, file: string): Generator<Sample> {
  for (const [offset, row] of rows.entries()) {
    const i = first + offset;
    const column = COLUMNS.find((name) => name in row);
    const value = column === undefined ? undefined : row[column];
    const bytes = value instanceof Uint8Array ? value : (value as { bytes?: unknown } | undefined)?.bytes;
    const key = String(row.key ?? row.path ?? i);
    yield { key, read: async () => asBytes(bytes, file, i) };
  }
}

function asBytes(bytes: unknown, file: string, row: number): Uint8Array {
  if (bytes instanceof Uint8Array) return bytes;
  throw new BeitError(
    'InvalidImage',
    `Cannot read row ${row} of ${quoted(basename(file))}: expected bytes in one of the columns ${COLUMNS.join(', ')}`,
  );
}

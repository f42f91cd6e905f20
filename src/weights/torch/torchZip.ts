import { crc32 } from '../../crc32.ts';
import { BeitError, check } from '../../errors.ts';
import type { ByteSource } from '../bytes/byteSource.ts';
import { bytesOf } from '../dtype.ts';
import type { Storage, StoredTensor } from '../storedTensor.ts';
import { readPickle } from './pickle.ts';
import { PICKLE_LIMITS } from './pickleLimits.ts';
import type { TorchStorage } from './pickleValues.ts';
import { type TorchOptions, tensorsOf } from './stateDict.ts';
import { TorchUnpickler } from './torchUnpickler.ts';
import { readZip, type ZipEntry } from './zip.ts';

const PICKLE = '/data.pkl';

/**
 * The state dict of a PyTorch checkpoint in zip form (`torch.save` since 1.6): one folder with `data.pkl` and a file
 * `data/<key>` for each storage.
 *
 * @throws `BadArchive`, `UnsafePickle`; `UnsupportedFormat` for TorchScript and big-endian files; `InvalidCheckpoint`
 * when the pickle holds no state dict.
 */
export async function readTorchZip(source: ByteSource, options: TorchOptions): Promise<readonly StoredTensor[]> {
  const { entries, root } = await openArchive(source);
  await checkByteOrder(source, entries.get(`${root}/byteorder`));
  const hooks = new TorchUnpickler(source.name, options.stubs);
  const pickle = await readEntry(source, entries.get(root + PICKLE) as ZipEntry, PICKLE_LIMITS.bytes);
  const { value, end } = readPickle(pickle, 0, hooks, source.name);
  check(end === pickle.length, 'UnsafePickle', `Cannot read "${source.name}": bytes follow the end of its pickle`);
  const located = new Map<string, Storage>();
  for (const [key, storage] of hooks.storages) {
    located.set(key, locate(source.name, storage, entries.get(`${root}/data/${key}`)));
  }
  return tensorsOf(value, source.name, options.useEma, ({ key }) => located.get(key) as Storage);
}

/** The entries of an archive of torch.save, and the folder that they are in. Others are named. */
async function openArchive(source: ByteSource) {
  let names: string[] | undefined;
  try {
    const entries = new Map((await readZip(source)).map((entry) => [entry.name, entry]));
    names = [...entries.keys()];
    return { entries, root: rootOf(source.name, names) };
  } catch (cause) {
    if (!(cause instanceof BeitError) || cause.code !== 'BadArchive') throw cause;
    if (names === undefined && !/ is compressed$/.test(cause.message)) throw cause;
    const { lastNames, otherArchive } = await import('./otherArchive.ts');
    const what = otherArchive(names ?? (await lastNames(source)));
    if (what === undefined) throw cause;
    throw new BeitError('UnsupportedFormat', `Cannot read "${source.name}": it ${what}`, { cause });
  }
}

function rootOf(file: string, names: readonly string[]): string {
  const pickles = names.filter((name) => name.endsWith(PICKLE) && name.indexOf('/') === name.length - PICKLE.length);
  check(pickles.length === 1, 'BadArchive', () => {
    return `Cannot read "${file}": expected one folder with data.pkl, found ${pickles.length}`;
  });
  const root = pickles[0].slice(0, -PICKLE.length);
  const outside = names.find((name) => !name.startsWith(`${root}/`));
  check(outside === undefined, 'BadArchive', `Cannot read "${file}": entry "${outside}" is outside "${root}/"`);
  const script = names.includes(`${root}/constants.pkl`) || names.some((name) => name.startsWith(`${root}/code/`));
  check(!script, 'BadArchive', `Cannot read "${file}": it holds a program`);
  return root;
}

async function checkByteOrder(source: ByteSource, entry: ZipEntry | undefined): Promise<void> {
  if (!entry) return;
  const order = new TextDecoder().decode(await readEntry(source, entry, 16));
  check(order === 'little', 'UnsupportedFormat', `Cannot read "${source.name}": its byte order is not little-endian`);
}

async function readEntry(source: ByteSource, entry: ZipEntry, limit: number): Promise<Uint8Array> {
  const size = entry.end - entry.begin;
  check(
    size <= limit,
    'UnsafePickle',
    `Cannot read "${source.name}": "${entry.name}" has ${size} bytes, allowed are ${limit}`,
  );
  const bytes = await source.read(entry.begin, entry.end);
  const intact = crc32(bytes) === entry.crc32;
  check(intact, 'BadArchive', `Cannot read "${source.name}": the checksum of "${entry.name}" differs`);
  return bytes;
}

function locate(file: string, { key, dtype, numel }: TorchStorage, entry: ZipEntry | undefined): Storage {
  if (!entry) throw new BeitError('BadArchive', `Cannot read "${file}": it lacks the data of storage ${key}`);
  const size = entry.end - entry.begin;
  check(size === numel * bytesOf(dtype), 'BadArchive', () => {
    return `Cannot read "${file}": storage ${key} declares ${numel} elements of ${dtype}, its entry has ${size} bytes`;
  });
  return { pieces: [entry] };
}

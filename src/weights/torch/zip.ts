import type { ByteSource } from '../bytes/byteSource.ts';
import { ZipBytes } from './zipBytes.ts';
import { zipDirectory } from './zipDirectory.ts';
import { type CentralEntry, centralEntries } from './zipEntries.ts';

/** A stored entry: its bytes are [begin, end) of the file. */
export interface ZipEntry {
  readonly name: string;
  readonly begin: number;
  readonly end: number;
  readonly crc32: number;
}

const LOCAL = 0x04034b50;
const LOCAL_SIZE = 30;

/**
 * The entries of a zip archive, from its central directory alone: stored, unencrypted, plainly named, none twice, none
 * overlapping another, none beyond the directory, and each local header telling the same. Zip64 is understood.
 *
 * @throws `BadArchive` for anything else.
 * @example
 * const entries = await readZip(bytesSource('pytorch_model.bin', bytes));
 */
export async function readZip(source: ByteSource): Promise<readonly ZipEntry[]> {
  const zip = new ZipBytes(source);
  const directory = await zipDirectory(zip);
  const central = await centralEntries(zip, directory);
  const entries: ZipEntry[] = [];
  let free = 0;
  for (const entry of central.sort((a, b) => a.header - b.header)) {
    zip.require(entry.header >= free, `entry "${entry.name}" overlaps another`);
    const begin = await dataBegin(zip, entry, directory.begin);
    free = begin + entry.size;
    zip.require(free <= directory.begin, `entry "${entry.name}" reaches into the directory`);
    entries.push({ name: entry.name, begin, end: free, crc32: entry.crc32 });
  }
  return entries;
}

/** Behind the local header, which has to say what the central directory says. */
async function dataBegin(zip: ZipBytes, { name, header, flags }: CentralEntry, limit: number): Promise<number> {
  const length = LOCAL_SIZE + new TextEncoder().encode(name).length;
  zip.require(header + length <= limit, `entry "${name}" is outside the archive`);
  const view = await zip.view(header, length);
  const plain = view.getUint32(0, true) === LOCAL && view.getUint16(8, true) === 0;
  const same = view.getUint16(6, true) === flags && zip.name(view, LOCAL_SIZE, view.getUint16(26, true)) === name;
  zip.require(plain && same, `entry "${name}" is described otherwise at its place`);
  return header + length + view.getUint16(28, true);
}

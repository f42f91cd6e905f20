import type { ZipBytes } from './zipBytes.ts';

/** Where an archive's central directory is, [begin, end), and how many entries it lists. */
export interface ZipDirectory {
  readonly begin: number;
  readonly end: number;
  readonly count: number;
}

const END = 0x06054b50;
const END64 = 0x06064b50;
const LOCATOR64 = 0x07064b50;
const END_SIZE = 22;
const LOCATOR_SIZE = 20;
const END64_SIZE = 56;
const MAX_DIRECTORY = 1 << 23;

/** The archive ends with its end record: a comment could hide a second one. */
export async function zipDirectory(zip: ZipBytes): Promise<ZipDirectory> {
  zip.require(zip.size >= END_SIZE, 'it is too short for a zip archive');
  const narrow = narrowDirectory(zip, await zip.view(zip.size - END_SIZE, END_SIZE));
  const wide = await wideDirectory(zip);
  zip.require(!wide || agree(narrow, wide), 'its two end records differ');
  const directory = wide ?? narrow;
  const end = zip.size - END_SIZE - (wide ? LOCATOR_SIZE + END64_SIZE : 0);
  zip.require(directory.begin >= 0 && directory.end === end, 'its directory does not precede its end record');
  zip.require(directory.end - directory.begin <= MAX_DIRECTORY, 'its directory is too large');
  return directory;
}

function narrowDirectory(zip: ZipBytes, record: DataView): ZipDirectory {
  const ends = record.getUint32(0, true) === END && record.getUint16(20, true) === 0;
  zip.require(ends, 'it does not end with the end record of a zip archive');
  const [here, count] = [record.getUint16(8, true), record.getUint16(10, true)];
  zip.require(record.getUint32(4, true) === 0 && here === count, 'it spans several disks');
  const [length, begin] = [record.getUint32(12, true), record.getUint32(16, true)];
  return { begin, end: begin + length, count };
}

/** From the Zip64 end record and its locator, which precede the end record; null where they are absent. */
async function wideDirectory(zip: ZipBytes): Promise<ZipDirectory | null> {
  const at = zip.size - END_SIZE - LOCATOR_SIZE - END64_SIZE;
  if (at < 0) return null;
  const record = await zip.view(at, END64_SIZE + LOCATOR_SIZE);
  if (record.getUint32(END64_SIZE, true) !== LOCATOR64) return null;
  const located = zip.u64(record, END64_SIZE + 8) === at && record.getUint32(0, true) === END64;
  zip.require(located && zip.u64(record, 4) === END64_SIZE - 12, 'its Zip64 end record is not where it should be');
  const count = zip.u64(record, 32);
  const one = record.getUint32(16, true) === 0 && record.getUint32(20, true) === 0;
  zip.require(one && zip.u64(record, 24) === count, 'it spans several disks');
  const begin = zip.u64(record, 48);
  return { begin, end: begin + zip.u64(record, 40), count };
}

/** Fields of all ones in the narrow record say that the wide one has the number. */
function agree(narrow: ZipDirectory, wide: ZipDirectory): boolean {
  const same = (field: number, full: number, ones: number) => field === full || field === ones;
  return (
    same(narrow.count, wide.count, 0xffff) &&
    same(narrow.begin, wide.begin, 0xffffffff) &&
    same(narrow.end - narrow.begin, wide.end - wide.begin, 0xffffffff)
  );
}

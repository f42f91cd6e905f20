import { BeitError, check } from '../errors.ts';
import type { ByteSource } from './byteSource.ts';

/** A stored entry: its bytes are [begin, end) of the file. */
export interface ZipEntry {
  readonly name: string;
  readonly begin: number;
  readonly end: number;
  readonly crc32: number;
}

interface CentralEntry {
  readonly name: string;
  readonly size: number;
  readonly crc32: number;
  readonly flags: number;
  readonly header: number;
}

interface Directory {
  readonly begin: number;
  readonly end: number;
  readonly count: number;
}

const END = 0x06054b50;
const END64 = 0x06064b50;
const LOCATOR64 = 0x07064b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const END_SIZE = 22;
const LOCATOR_SIZE = 20;
const END64_SIZE = 56;
const MAX_DIRECTORY = 1 << 23;
const MAX_NAME = 512;
/** Bit 3: sizes follow the data; bit 11: the name is UTF-8. */
const FLAGS = 0x0808;
/** Part of a path: no control characters, no backslash, no drive, not empty. */
const PLAIN_PART = /^[^\p{Cc}\\/:*?"<>|]+$/u;

/**
 * The entries of a zip archive, from its central directory alone: stored, unencrypted, plainly named, none twice, none
 * overlapping another, none beyond the directory, and each local header telling the same. Zip64 is understood.
 *
 * @throws `BadArchive` for anything else.
 * @example
 * const entries = await readZip(bytesSource('pytorch_model.bin', bytes));
 */
export async function readZip(source: ByteSource): Promise<readonly ZipEntry[]> {
  const archive = new Archive(source);
  const directory = await archive.directory();
  const central = await archive.centralEntries(directory);
  const entries: ZipEntry[] = [];
  let free = 0;
  for (const entry of central.sort((a, b) => a.header - b.header)) {
    archive.require(entry.header >= free, `entry "${entry.name}" overlaps another`);
    const begin = await archive.dataBegin(entry, directory.begin);
    free = begin + entry.size;
    archive.require(free <= directory.begin, `entry "${entry.name}" reaches into the directory`);
    entries.push({ name: entry.name, begin, end: free, crc32: entry.crc32 });
  }
  return entries;
}

class Archive {
  private readonly source: ByteSource;

  constructor(source: ByteSource) {
    this.source = source;
  }

  require(condition: boolean, reason: string): void {
    check(condition, 'BadArchive', () => `Cannot read "${this.source.name}": ${reason}`);
  }

  /** The archive ends with its end record: a comment could hide a second one. */
  async directory(): Promise<Directory> {
    const { size } = this.source;
    this.require(size >= END_SIZE, 'it is too short for a zip archive');
    const view = await this.view(size - END_SIZE, END_SIZE);
    const ends = view.getUint32(0, true) === END && view.getUint16(20, true) === 0;
    this.require(ends, 'it does not end with the end record of a zip archive');
    this.require(view.getUint32(4, true) === 0, 'it spans several disks');
    const [here, count] = [view.getUint16(8, true), view.getUint16(10, true)];
    const [length, begin] = [view.getUint32(12, true), view.getUint32(16, true)];
    this.require(here === count, 'it spans several disks');
    const large = await this.directory64();
    const directory = large ?? { begin, end: begin + length, count };
    const agrees = (field: number, full: number, saturated: number) => field === full || field === saturated;
    const same =
      agrees(count, directory.count, 0xffff) &&
      agrees(begin, directory.begin, 0xffffffff) &&
      agrees(length, directory.end - directory.begin, 0xffffffff);
    this.require(!large || same, 'its two end records differ');
    const end = large ? size - END_SIZE - LOCATOR_SIZE - END64_SIZE : size - END_SIZE;
    this.require(directory.begin >= 0 && directory.end === end, 'its directory does not lie before its end record');
    this.require(directory.end - directory.begin <= MAX_DIRECTORY, 'its directory is too large');
    return directory;
  }

  private async directory64(): Promise<Directory | null> {
    const at = this.source.size - END_SIZE - LOCATOR_SIZE - END64_SIZE;
    if (at < 0) return null;
    const view = await this.view(at, END64_SIZE + LOCATOR_SIZE);
    if (view.getUint32(END64_SIZE, true) !== LOCATOR64) return null;
    const located = this.u64(view, END64_SIZE + 8) === at && view.getUint32(0, true) === END64;
    this.require(located && this.u64(view, 4) === END64_SIZE - 12, 'its Zip64 end record is not where it should be');
    const count = this.u64(view, 32);
    this.require(view.getUint32(16, true) === 0 && view.getUint32(20, true) === 0, 'it spans several disks');
    this.require(this.u64(view, 24) === count, 'it spans several disks');
    const begin = this.u64(view, 48);
    return { begin, end: begin + this.u64(view, 40), count };
  }

  async centralEntries({ begin, end, count }: Directory): Promise<CentralEntry[]> {
    const view = await this.view(begin, end - begin);
    const entries = new Map<string, CentralEntry>();
    let at = 0;
    while (at < view.byteLength) {
      this.require(at + 46 <= view.byteLength && view.getUint32(at, true) === CENTRAL, 'its directory is broken');
      const [name, extra, comment] = [28, 30, 32].map((field) => view.getUint16(at + field, true));
      const next = at + 46 + name + extra + comment;
      this.require(next <= view.byteLength, 'its directory is broken');
      const entry = this.centralEntry(new DataView(view.buffer, view.byteOffset + at, next - at), name, extra);
      this.require(!entries.has(entry.name), `entry "${entry.name}" stands twice`);
      entries.set(entry.name, entry);
      at = next;
    }
    this.require(entries.size === count, `it has ${entries.size} entries and declares ${count}`);
    return [...entries.values()];
  }

  private centralEntry(view: DataView, nameLength: number, extraLength: number): CentralEntry {
    const name = this.name(view, 46, nameLength);
    const flags = view.getUint16(8, true);
    this.require((flags & ~FLAGS) === 0, `entry "${name}" is encrypted or of an unknown kind`);
    this.require(view.getUint16(10, true) === 0, `entry "${name}" is compressed`);
    this.require(view.getUint16(34, true) === 0, 'it spans several disks');
    const fields = [24, 20, 42].map((at) => view.getUint32(at, true));
    const extra = new DataView(view.buffer, view.byteOffset + 46 + nameLength, extraLength);
    const [size, stored, header] = this.widened(fields, extra, name);
    this.require(size === stored, `entry "${name}" has two sizes`);
    return { name, size, header, flags, crc32: view.getUint32(16, true) };
  }

  /** Fields of all ones stand in the Zip64 extra field instead, in this order. */
  private widened(fields: readonly number[], extra: DataView, name: string): number[] {
    const wide = this.extraField(extra, 1, name);
    let at = 0;
    return fields.map((field) => {
      if (field !== 0xffffffff) return field;
      this.require(wide !== null && at + 8 <= wide.byteLength, `entry "${name}" lacks its Zip64 sizes`);
      at += 8;
      return this.u64(wide as DataView, at - 8);
    });
  }

  private extraField(extra: DataView, id: number, name: string): DataView | null {
    for (let at = 0; at + 4 <= extra.byteLength; ) {
      const length = extra.getUint16(at + 2, true);
      this.require(at + 4 + length <= extra.byteLength, `entry "${name}" has a broken extra field`);
      if (extra.getUint16(at, true) === id) return new DataView(extra.buffer, extra.byteOffset + at + 4, length);
      at += 4 + length;
    }
    return null;
  }

  async dataBegin(entry: CentralEntry, limit: number): Promise<number> {
    const { name, header } = entry;
    const length = 30 + new TextEncoder().encode(name).length;
    this.require(header + length <= limit, `entry "${name}" lies outside the archive`);
    const view = await this.view(header, length);
    const plain = view.getUint32(0, true) === LOCAL && view.getUint16(8, true) === 0;
    const same = view.getUint16(6, true) === entry.flags && this.name(view, 30, view.getUint16(26, true)) === name;
    this.require(plain && same, `entry "${name}" is described otherwise at its place`);
    return header + length + view.getUint16(28, true);
  }

  private name(view: DataView, at: number, length: number): string {
    this.require(length > 0 && length <= MAX_NAME && at + length <= view.byteLength, 'it has an entry with a bad name');
    const name = this.decode(new Uint8Array(view.buffer, view.byteOffset + at, length));
    this.require(isPlain(name), `it has an entry with the name ${JSON.stringify(name.slice(0, 120))}`);
    return name;
  }

  private decode(bytes: Uint8Array): string {
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      throw new BeitError('BadArchive', `Cannot read "${this.source.name}": it has an entry whose name is not UTF-8`);
    }
  }

  private u64(view: DataView, at: number): number {
    const value = view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
    this.require(Number.isSafeInteger(value), 'it declares more bytes than there are');
    return value;
  }

  private async view(begin: number, length: number): Promise<DataView> {
    this.require(begin >= 0 && begin + length <= this.source.size, 'it is cut off');
    const bytes = await this.source.read(begin, begin + length);
    return new DataView(bytes.buffer, bytes.byteOffset, length);
  }
}

function isPlain(name: string): boolean {
  return name.split('/').every((part) => PLAIN_PART.test(part) && part !== '.' && part !== '..');
}

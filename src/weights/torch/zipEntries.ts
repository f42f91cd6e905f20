import type { ZipBytes } from './zipBytes.ts';
import type { ZipDirectory } from './zipDirectory.ts';

/** What the central directory says about one file. */
export interface CentralEntry {
  readonly name: string;
  /** Unit: bytes, as all entries are stored. */
  readonly size: number;
  readonly crc32: number;
  readonly flags: number;
  /** Where its local header begins. */
  readonly header: number;
}

const CENTRAL = 0x02014b50;
const CENTRAL_SIZE = 46;
/** Bit 3: sizes follow the data; bit 11: the name is UTF-8. */
const FLAGS = 0x0808;
const ZIP64_FIELD = 1;

/** The entries of the central directory, in its order, none twice. */
export async function centralEntries(zip: ZipBytes, { begin, end, count }: ZipDirectory): Promise<CentralEntry[]> {
  const view = await zip.view(begin, end - begin);
  const entries = new Map<string, CentralEntry>();
  let at = 0;
  while (at < view.byteLength) {
    const whole = at + CENTRAL_SIZE <= view.byteLength && view.getUint32(at, true) === CENTRAL;
    zip.require(whole, 'its directory is broken');
    const [name, extra, comment] = [28, 30, 32].map((field) => view.getUint16(at + field, true));
    const next = at + CENTRAL_SIZE + name + extra + comment;
    zip.require(next <= view.byteLength, 'its directory is broken');
    const entry = centralEntry(zip, new DataView(view.buffer, view.byteOffset + at, next - at), name, extra);
    zip.require(!entries.has(entry.name), `duplicate entry "${entry.name}"`);
    entries.set(entry.name, entry);
    at = next;
  }
  zip.require(entries.size === count, `it has ${entries.size} entries and declares ${count}`);
  return [...entries.values()];
}

function centralEntry(zip: ZipBytes, view: DataView, nameLength: number, extraLength: number): CentralEntry {
  const name = zip.name(view, CENTRAL_SIZE, nameLength);
  const flags = view.getUint16(8, true);
  zip.require((flags & ~FLAGS) === 0, `entry "${name}" is encrypted or of an unknown kind`);
  zip.require(view.getUint16(10, true) === 0, `entry "${name}" is compressed`);
  zip.require(view.getUint16(34, true) === 0, 'it spans several disks');
  const fields = [24, 20, 42].map((at) => view.getUint32(at, true));
  const extra = new DataView(view.buffer, view.byteOffset + CENTRAL_SIZE + nameLength, extraLength);
  const [size, stored, header] = widened(zip, fields, extra, name);
  zip.require(size === stored, `entry "${name}" has two sizes`);
  return { name, size, header, flags, crc32: view.getUint32(16, true) };
}

/** A field of all ones is stored in the Zip64 extra field instead, in this order. */
function widened(zip: ZipBytes, fields: readonly number[], extra: DataView, name: string): number[] {
  const wide = extraField(zip, extra, ZIP64_FIELD, name);
  let at = 0;
  return fields.map((field) => {
    if (field !== 0xffffffff) return field;
    zip.require(wide !== null && at + 8 <= wide.byteLength, `entry "${name}" lacks its Zip64 sizes`);
    at += 8;
    return zip.u64(wide as DataView, at - 8);
  });
}

function extraField(zip: ZipBytes, extra: DataView, id: number, name: string): DataView | null {
  for (let at = 0; at + 4 <= extra.byteLength; ) {
    const length = extra.getUint16(at + 2, true);
    zip.require(at + 4 + length <= extra.byteLength, `entry "${name}" has a broken extra field`);
    if (extra.getUint16(at, true) === id) return new DataView(extra.buffer, extra.byteOffset + at + 4, length);
    at += 4 + length;
  }
  return null;
}

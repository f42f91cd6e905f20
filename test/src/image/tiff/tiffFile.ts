/** Values of an entry: whole numbers of 16 bits, or of 32 where one is larger; `{ bytes }` as they are. */
export type TagValue = number | readonly number[];

/** A TIFF, little-endian unless told otherwise: its directory, then what else it has, from byte `dataAt(tags)` on. */
export function tiff(
  tags: Readonly<Record<number, TagValue>>,
  data: readonly number[],
  littleEndian = true,
): Uint8Array {
  const entries = Object.entries(tags).map(([tag, value]) => [Number(tag), [value].flat()] as const);
  const start = 8 + 2 + 12 * entries.length + 4;
  const outside = entries.reduce((sum, [, { length }]) => sum + (length > 1 ? 4 * length : 0), 0);
  const bytes = new Uint8Array(start + outside + data.length);
  const view = new DataView(bytes.buffer);
  bytes.set(littleEndian ? [73, 73, 42, 0] : [77, 77, 0, 42]);
  view.setUint32(4, 8, littleEndian);
  view.setUint16(8, entries.length, littleEndian);
  let free = start;
  entries.forEach(([tag, values], i) => {
    const at = 10 + 12 * i;
    view.setUint16(at, tag, littleEndian);
    view.setUint16(at + 2, 4, littleEndian); // LONG
    view.setUint32(at + 4, values.length, littleEndian);
    if (values.length === 1) view.setUint32(at + 8, values[0], littleEndian);
    else {
      view.setUint32(at + 8, free, littleEndian);
      for (const value of values) {
        view.setUint32(free, value, littleEndian);
        free += 4;
      }
    }
  });
  bytes.set(data, free);
  return bytes;
}

/** Where the data of {@link tiff} begin. */
export function dataAt(tags: Readonly<Record<number, TagValue>>): number {
  const counts = Object.values(tags).map((value) => [value].flat().length);
  return 14 + counts.reduce((sum, count) => sum + 12 + (count > 1 ? 4 * count : 0), 0);
}

/** A picture of one strip of `data`; tags replace those of a gray picture of 8 bits. */
export function oneStrip(
  tags: Readonly<Record<number, TagValue>>,
  data: readonly number[],
  littleEndian = true,
): Uint8Array {
  const all: Record<number, TagValue> = { 256: 2, 257: 1, 258: 8, 259: 1, 262: 1, 277: 1, 279: data.length, ...tags };
  const offset = dataAt({ ...all, 273: 0 });
  return tiff({ ...all, 273: offset }, data, littleEndian);
}

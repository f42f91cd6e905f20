const ORIENTATION = 274;

/** Bytes of one value of each TIFF type; types that are not here are skipped with their entry. */
const SIZES: Readonly<Record<number, number>> = {
  1: 1,
  2: 1,
  3: 2,
  4: 4,
  5: 8,
  6: 1,
  7: 1,
  8: 2,
  9: 4,
  10: 8,
  11: 4,
  12: 8,
  13: 4,
  16: 8,
};

/** How a number of each type is read. */
const READERS: Readonly<Record<number, (view: DataView, at: number, little: boolean) => number>> = {
  3: (view, at, little) => view.getUint16(at, little),
  4: (view, at, little) => view.getUint32(at, little),
  5: (view, at, little) => view.getUint32(at, little) / view.getUint32(at + 4, little),
  6: (view, at) => view.getInt8(at),
  8: (view, at, little) => view.getInt16(at, little),
  9: (view, at, little) => view.getInt32(at, little),
  10: (view, at, little) => view.getInt32(at, little) / view.getInt32(at + 4, little),
  11: (view, at, little) => view.getFloat32(at, little),
  12: (view, at, little) => view.getFloat64(at, little),
  13: (view, at, little) => view.getUint32(at, little),
  16: (view, at, little) => Number(view.getBigUint64(at, little)),
};

/**
 * The orientation that an EXIF block names in its first directory, as Pillow reads it; undefined if it names none. One that
 * names something else than 1 to 8 counts as 1.
 */
export function exifOrientation(exif: Uint8Array): number | undefined {
  let start = 0;
  while (startsWith(exif.subarray(start), 'Exif\0\0')) start += 6;
  const view = new DataView(exif.buffer, exif.byteOffset + start, exif.byteLength - start);
  if (view.byteLength < 8) return undefined;
  const order = view.getUint16(0);
  const little = order === 0x4949; // "II"
  // some write the 42 in the other order
  const magic = view.getUint16(2);
  if ((!little && order !== 0x4d4d) || (magic !== 42 && magic !== 42 << 8)) return undefined;
  return orientationIn(view, view.getUint32(4, little), little);
}

/** Of two entries the last counts; the directory ends where the block does, or at a value beyond it. */
function orientationIn(view: DataView, directory: number, little: boolean): number | undefined {
  if (directory + 2 > view.byteLength) return undefined;
  let found: number | undefined;
  const count = view.getUint16(directory, little);
  for (let entry = directory + 2; entry < directory + 2 + 12 * count; entry += 12) {
    if (entry + 12 > view.byteLength) break;
    const type = view.getUint16(entry + 2, little);
    const size = (SIZES[type] ?? 0) * view.getUint32(entry + 4, little);
    const at = size > 4 ? view.getUint32(entry + 8, little) : entry + 8;
    if (size === 0) continue;
    if (at + size > view.byteLength) break;
    if (view.getUint16(entry, little) === ORIENTATION) found = oneOfEight(READERS[type]?.(view, at, little));
  }
  return found;
}

function oneOfEight(value: number | undefined): number {
  return value !== undefined && Number.isInteger(value) && value >= 1 && value <= 8 ? value : 1;
}

/** The orientation that an XMP packet names, by the same search as Pillow's. */
export function xmpOrientation(xmp: Uint8Array): number | undefined {
  const match = /tiff:Orientation(?:="|>)([0-9])/.exec(latin1(xmp));
  return match ? Number(match[1]) : undefined;
}

/** True if `bytes` begin with the characters of `text`. */
export function startsWith(bytes: Uint8Array, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[i] !== text.charCodeAt(i)) return false;
  return true;
}

/** One character a byte. */
export function latin1(bytes: Uint8Array): string {
  return new TextDecoder('latin1').decode(bytes);
}

const ORIENTATION = 274;
/** TIFF types that hold a whole number, and how to read one: SHORT, LONG, SSHORT, SLONG. */
const READERS: Readonly<Record<number, 'getUint16' | 'getUint32' | 'getInt16' | 'getInt32'>> = {
  3: 'getUint16',
  4: 'getUint32',
  8: 'getInt16',
  9: 'getInt32',
};

/** The orientation (1…8) that an EXIF block names in its first directory; undefined if it names none that exists. */
export function exifOrientation(exif: Uint8Array): number | undefined {
  const start = startsWith(exif, 'Exif\0\0') ? 6 : 0;
  const view = new DataView(exif.buffer, exif.byteOffset + start, exif.byteLength - start);
  if (view.byteLength < 8) return undefined;
  const order = view.getUint16(0);
  const little = order === 0x4949; // "II"
  if ((!little && order !== 0x4d4d) || view.getUint16(2, little) !== 42) return undefined;
  const directory = view.getUint32(4, little);
  if (directory + 2 > view.byteLength) return undefined;
  const count = Math.min(view.getUint16(directory, little), Math.floor((view.byteLength - directory - 2) / 12));
  let found: number | undefined;
  for (let i = 0; i < count; i++) {
    const entry = directory + 2 + 12 * i;
    const reader = READERS[view.getUint16(entry + 2, little)];
    const isOrientation = view.getUint16(entry, little) === ORIENTATION && view.getUint32(entry + 4, little) === 1;
    if (isOrientation && reader) found = view[reader](entry + 8, little);
  }
  return found;
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

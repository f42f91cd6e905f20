/** Rows of one length as a NumPy file of format 1.0: float32, little-endian, [rows, cols]. */
export function npy(rows: readonly Float32Array[]): Uint8Array {
  const shape = `(${rows.length}, ${rows[0]?.length ?? 0})`;
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': ${shape}, }`;
  const length = Math.ceil((10 + text.length + 1) / 64) * 64 - 10;
  const header = new TextEncoder().encode(`\x93NUMPY\x01\x00__${text.padEnd(length - 1)}\n`.slice(1));
  const bytes = new Uint8Array(10 + length + 4 * rows.reduce((sum, row) => sum + row.length, 0));
  bytes.set(header, 1);
  bytes[0] = 0x93;
  new DataView(bytes.buffer).setUint16(8, length, true);
  let at = 10 + length;
  for (const row of rows) {
    bytes.set(new Uint8Array(row.buffer, row.byteOffset, row.byteLength), at);
    at += row.byteLength;
  }
  return bytes;
}

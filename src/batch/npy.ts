import { fromFloat32 } from '../weights/save/fromFloat32.ts';

/** Rows of one length as a NumPy file of format 1.0, little-endian, [rows, cols]. */
export function npy(rows: readonly Float32Array[], dtype: 'f32' | 'f16' = 'f32'): Uint8Array {
  const cols = rows[0]?.length ?? 0;
  const header = npyHeader(rows.length, cols, dtype);
  const size = dtype === 'f32' ? 4 : 2;
  const bytes = new Uint8Array(header.length + size * cols * rows.length);
  bytes.set(header);
  for (const [i, row] of rows.entries()) {
    bytes.set(fromFloat32(dtype === 'f32' ? 'F32' : 'F16', row), header.length + i * size * cols);
  }
  return bytes;
}

/** What comes before the rows: 128 bytes for any number of rows that there may be. */
export function npyHeader(rows: number, cols: number, dtype: 'f32' | 'f16' = 'f32'): Uint8Array {
  const text = `{'descr': '<${dtype === 'f32' ? 'f4' : 'f2'}', 'fortran_order': False, 'shape': (${rows}, ${cols}), }`;
  const length = Math.ceil((10 + text.length + 1) / 64) * 64 - 10;
  const header = new TextEncoder().encode(`\0NUMPY\x01\x00__${text.padEnd(length - 1)}\n`);
  header[0] = 0x93;
  new DataView(header.buffer).setUint16(8, length, true);
  return header;
}

/** A safetensors file around any header: the tests' own writer, so that the reader is not tested against its twin. */
export function wrapHeader(header: string | Uint8Array, dataSize: number, declared?: number | bigint): Uint8Array {
  const text = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const file = new Uint8Array(8 + text.length + dataSize);
  new DataView(file.buffer).setBigUint64(0, BigInt(declared ?? text.length), true);
  file.set(text, 8);
  return file;
}

/** Float32 vectors by name, one behind the other. */
export function safetensorsFile(vectors: Record<string, number[]>): Uint8Array {
  const header: Record<string, unknown> = {};
  let end = 0;
  for (const [name, values] of Object.entries(vectors)) {
    header[name] = { dtype: 'F32', shape: [values.length], data_offsets: [end, (end += values.length * 4)] };
  }
  const text = JSON.stringify(header);
  const file = wrapHeader(text, end);
  const data = new DataView(file.buffer, file.length - end);
  for (const [i, value] of Object.values(vectors).flat().entries()) data.setFloat32(4 * i, value, true);
  return file;
}

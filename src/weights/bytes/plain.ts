/** Node's Buffer is a Uint8Array whose `slice` does not copy; what comes from outside loses such habits here. */
export function plain(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length);
}

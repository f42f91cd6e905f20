/** The parts in order, copied into one array. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  return filled(new Uint8Array(lengthOf(parts)), parts);
}

/** The same for floats. */
export function concatFloats(parts: readonly Float32Array[]): Float32Array {
  return filled(new Float32Array(lengthOf(parts)), parts);
}

const lengthOf = (parts: readonly ArrayLike<number>[]) => parts.reduce((sum, part) => sum + part.length, 0);

function filled<T extends Uint8Array | Float32Array>(whole: T, parts: readonly T[]): T {
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Reads `width` pixels of a packed row and writes the bytes of each to `out[to…]`. */
export type Unpack = (line: Uint8Array, out: Uint8Array, to: number, width: number) => void;

/** A byte with its bits in the other order. */
export const REVERSED = Uint8Array.from({ length: 256 }, (_, byte) => {
  let reversed = 0;
  for (let bit = 0; bit < 8; bit++) if (byte & (1 << bit)) reversed |= 128 >> bit;
  return reversed;
});

interface Packing {
  readonly inverted: boolean;
  readonly stretched: boolean; // to 0…255
  readonly reversed: boolean; // the bits of every byte
}

/** Samples of 1, 2, 4 or 8 bits. */
export function packed(bits: number, { inverted, stretched, reversed }: Packing): Unpack {
  const most = (1 << bits) - 1;
  const values = Uint8Array.from({ length: most + 1 }, (_, sample) => {
    const value = inverted ? most - sample : sample;
    return stretched ? (value * 255) / most : value;
  });
  return (line, out, to, width) => {
    for (let i = 0; i < width; i++) {
      const bit = i * bits;
      const byte = reversed ? REVERSED[line[bit >> 3]] : line[bit >> 3];
      out[to + i] = values[(byte >> (8 - bits - (bit & 7))) & most];
    }
  };
}

/** Of pixels of `size` bytes those at `places`. */
export function bytesAt(places: readonly number[], size: number, reversed = false): Unpack {
  const bands = places.length;
  return (line, out, to, width) => {
    for (let b = 0; b < bands; b++) {
      for (let i = 0, from = places[b], at = to + b; i < width; i++, from += size, at += bands) {
        out[at] = reversed ? REVERSED[line[from]] : line[from];
      }
    }
  };
}

/** Red, green and blue that were multiplied with alpha, the fourth place. */
export function premultiplied(places: readonly number[], size: number): Unpack {
  return (line, out, to, width) => {
    for (let i = 0, from = 0, at = to; i < width; i++, from += size) {
      const alpha = line[from + places[3]];
      for (let b = 0; b < 3; b++) out[at++] = divided(line[from + places[b]], alpha);
    }
  };
}

/** A color that was multiplied with an alpha of 0…255. */
export function divided(color: number, alpha: number): number {
  return alpha === 0 ? 0 : Math.min(255, Math.floor((color * 255) / alpha));
}

/** Two samples in three bytes, the highest bits first, clipped at 255. */
export const twelveBits: Unpack = (line, out, to, width) => {
  for (let i = 0; i < width; i++) {
    const at = (i >> 1) * 3;
    const value = i & 1 ? ((line[at + 1] & 15) << 8) | line[at + 2] : (line[at] << 4) | (line[at + 1] >> 4);
    out[to + i] = Math.min(255, value);
  }
};

/** Samples of 16 bits, clipped at 255. */
export function unsigned16(littleEndian: boolean, reversed: boolean): Unpack {
  const [low, high] = littleEndian ? [0, 1] : [1, 0];
  return (line, out, to, width) => {
    for (let i = 0; i < width; i++) {
      const value = line[2 * i + low];
      out[to + i] = line[2 * i + high] > 0 ? 255 : reversed ? REVERSED[value] : value;
    }
  };
}

/** Numbers clipped to 0…255; what follows the point is dropped. */
export function numbers(kind: 'getInt16' | 'getInt32' | 'getFloat32', littleEndian: boolean): Unpack {
  const size = kind === 'getInt16' ? 2 : 4;
  return (line, out, to, width) => {
    const view = new DataView(line.buffer, line.byteOffset, line.byteLength);
    for (let i = 0; i < width; i++) {
      out[to + i] = Math.min(255, Math.max(0, view[kind](i * size, littleEndian)));
    }
  };
}

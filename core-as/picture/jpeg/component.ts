/** A color component of the frame, and its part in a scan. */
@unmanaged
export class Component {
  h: usize; // sampling factors
  v: usize;
  blocksX: usize; // of the frame, padded to whole MCUs
  wide: usize; // blocks that count
  high: usize;
  width: usize; // samples that count
  height: usize;
  factorX: usize; // how many times wider and higher the picture is
  factorY: usize;
  coefficients: usize; // i16 [blocks padded to whole MCUs, 64]; 0 where a block is decoded at a time
  samples: usize; // u8 [1 + 8·v, stride]: a row of MCUs behind the last row of the one before
  stride: usize; // bytes
  line: usize; // u8 [as wide as the picture]: a row that has been widened
  quantization: usize; // i16 [64], rows
  dc: usize; // Huffman tables of the scan
  ac: usize;
  prediction: i32; // of the next DC coefficient
}

const BYTES: usize = 128;
const components: usize = memory.data(4 * 128, 16);
const quantization: usize = memory.data(4 * 128, 16);

// @ts-ignore: decorator
@inline
export function component(i: usize): Component {
  return changetype<Component>(components + i * BYTES);
}

/** Where the quantization steps of component `i` are kept: i16 [64], in rows. */
export function jpeg_quantization(i: usize): usize {
  return quantization + i * BYTES;
}

/** Describes component `i`; {@link Component} says in which units. */
export function jpeg_component(
  i: usize, h: usize, v: usize, blocksX: usize, wide: usize, high: usize, width: usize, height: usize,
  factorX: usize, factorY: usize, coefficients: usize, samples: usize, line: usize,
): void {
  const c = component(i);
  c.h = h;
  c.v = v;
  c.blocksX = blocksX;
  c.wide = wide;
  c.high = high;
  c.width = width;
  c.height = height;
  c.factorX = factorX;
  c.factorY = factorY;
  c.coefficients = coefficients;
  c.samples = samples;
  c.stride = blocksX << 3;
  c.line = line;
  c.quantization = quantization + i * BYTES;
}

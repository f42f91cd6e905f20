/** Numbers that share a scale; as in `core-as/grad/adamw_8bit.ts`. */
export const QUANTIZED_BLOCK = 256;

/**
 * The 256 codes of "dynamic" 8-bit numbers, ascending: seven decades, each twice as fine as the one below it, 0 and 1; for
 * `isSigned` with a decade as fine as half of that on either side of 0.
 */
export function dynamicCodes(isSigned: boolean): Float32Array {
  const codes = [0, 1];
  for (let decade = 0; decade < 7; decade++) {
    const count = 2 ** (isSigned ? decade : decade + 1);
    const unit = 10 ** (decade - 6);
    for (let i = 0; i < count; i++) {
      // the middle of one of `count` equal parts of 0.1 to 1
      const code = unit * (0.1 + (0.9 * (i + 0.5)) / count);
      codes.push(code);
      if (isSigned) codes.push(-code);
    }
  }
  return Float32Array.from(codes).sort();
}

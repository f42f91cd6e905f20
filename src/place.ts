/**
 * Where f32 elements may be read straight to, in place of a buffer of the reader: what takes the elements finds them there.
 */
export interface Place {
  /** Elements are read there in whole multiples of this, or to the end; unit: elements. */
  readonly grain: number;
  /** The bytes of `count` elements from `offset` on. */
  bytes(offset: number, count: number): Uint8Array;
}

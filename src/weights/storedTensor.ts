import type { DtypeName } from './dtype.ts';

/** What a checkpoint says of a tensor before it is read. */
export interface TensorInfo {
  /** Named as safetensors names it: `F32`, `F16`, `BF16`, `I64`, … */
  readonly dtype: DtypeName;
  readonly shape: readonly number[];
}

/** Bytes [begin, end) of a file; with `crc32`, reading any of them means reading all and comparing. */
export interface Piece {
  readonly begin: number;
  readonly end: number;
  readonly crc32?: number;
}

/** The bytes that one or several tensors are views of: `pieces` one behind the other. */
export interface Storage {
  readonly pieces: readonly Piece[];
}

/** A tensor as it is stored in a file. */
export interface StoredTensor extends TensorInfo {
  readonly name: string;
  readonly storage: Storage;
  /** Where it begins in its storage; unit: elements. */
  readonly offset: number;
  /** Steps along each axis; unit: elements. Null: row-major, without gaps. */
  readonly strides: readonly number[] | null;
}

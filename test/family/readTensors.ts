import { readFileSync } from 'node:fs';
import { Tensor, type TensorType, type TensorTypes } from '../../src/tensor.ts';
import { filesOf } from '../../src/weights/bytes/byteSource.ts';
import { openCheckpoint, type TensorInfo } from '../../src/weights/checkpoint.ts';

/** A tensor of any type; f64 ones are kept as plain numbers. */
export interface AnyTensor {
  readonly type: TensorType | 'float64';
  readonly data: TensorTypes[TensorType] | Float64Array;
  readonly dims: readonly number[];
}

const TYPES: Record<string, { type: AnyTensor['type']; make: (bytes: ArrayBuffer) => AnyTensor['data'] }> = {
  F32: { type: 'float32', make: (bytes) => new Float32Array(bytes) },
  F64: { type: 'float64', make: (bytes) => new Float64Array(bytes) },
  I32: { type: 'int32', make: (bytes) => new Int32Array(bytes) },
  I64: { type: 'int64', make: (bytes) => new BigInt64Array(bytes) },
  U8: { type: 'uint8', make: (bytes) => new Uint8Array(bytes) },
  BOOL: { type: 'bool', make: (bytes) => new Uint8Array(bytes) },
};

/** Every tensor of a safetensors file in its own type. */
export async function readTensors(path: string): Promise<Map<string, AnyTensor>> {
  const checkpoint = await openCheckpoint(filesOf({ 'model.safetensors': readFileSync(path) }));
  const parts = new Map<string, { info: TensorInfo; bytes: Uint8Array[] }>();
  await checkpoint.visit((name, info) => {
    const bytes: Uint8Array[] = [];
    parts.set(name, { info, bytes });
    return { raw: true, grain: 1, put: (chunk) => bytes.push(chunk.slice()) };
  });
  return new Map([...parts].map(([name, { info, bytes }]) => [name, tensorOf(info, Buffer.concat(bytes))]));
}

function tensorOf({ dtype, shape }: TensorInfo, bytes: Buffer): AnyTensor {
  const { type, make } = TYPES[dtype];
  const data = make(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer);
  if (type === 'float64') return { type, data, dims: shape };
  return new Tensor(type, data as never, shape) as AnyTensor;
}

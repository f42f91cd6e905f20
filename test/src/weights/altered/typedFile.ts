import type { DtypeName } from '../../../../src/weights/dtype.ts';
import { writeSafetensors } from '../../../../src/weights/save/writeSafetensors.ts';

/** Type, shape and little-endian bytes of a tensor. */
export type Typed = readonly [dtype: DtypeName, shape: readonly number[], data: ArrayBufferView];

/** A safetensors file of these tensors. */
export async function typedFile(
  tensors: Readonly<Record<string, Typed>>,
  metadata?: Readonly<Record<string, string>>,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  const entries = Object.entries(tensors).map(([name, [dtype, shape, data]]) => {
    return { name, dtype, shape, data: () => [new Uint8Array(data.buffer, data.byteOffset, data.byteLength)] };
  });
  await writeSafetensors(entries, (chunk) => void chunks.push(chunk.slice()), metadata);
  return new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer());
}

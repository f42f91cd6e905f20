import { concatBytes } from '../src/concatBytes.ts';

/** Files that were written, in memory; in every runtime. */
export function memoryFolder() {
  const files: Record<string, Uint8Array> = {};
  const create = (name: string) => {
    const chunks: Uint8Array[] = [];
    return {
      write: async (chunk: Uint8Array) => void chunks.push(chunk.slice()),
      close: () => {
        files[name] = concatBytes(chunks);
      },
    };
  };
  return { files, create };
}

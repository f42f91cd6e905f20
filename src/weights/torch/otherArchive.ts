import type { ByteSource } from '../bytes/byteSource.ts';

/** Zip archives that are not those of torch.save, by the names in them. */
const ARCHIVES: readonly (readonly [RegExp, string])[] = [
  [
    /^[^/]+\/(?:code\/.|constants\.pkl$)/,
    'is a TorchScript program, not a state dict; save model.state_dict() by torch.save instead',
  ],
  [
    /\/(?:models\/[^/]+\.json|archive_format)$/,
    'is a program of torch.export; save model.state_dict() by torch.save instead',
  ],
  [
    /^(?:model\.weights\.h5|saved_model\.pb|keras_metadata\.pb)$/,
    'is a Keras model, which is not read here; safetensors or PyTorch files are',
  ],
  [/\.npy$/, 'holds arrays of NumPy, which are not read here; safetensors or PyTorch files are'],
  [/\.(?:safetensors|bin|pth?|ckpt)$/, 'is an archive of model files; unpack it first'],
];

const TAIL = 1 << 16;
const CENTRAL = [0x50, 0x4b, 1, 2];
const CENTRAL_SIZE = 46;

/** What an archive with these entries is, with a hint; undefined where that is not known. */
export function otherArchive(names: readonly string[]): string | undefined {
  return ARCHIVES.find(([pattern]) => names.some((name) => pattern.test(name)))?.[1];
}

/** The names of the last entries of an archive that is not read further. */
export async function lastNames(source: ByteSource): Promise<string[]> {
  return namesIn(await source.read(Math.max(0, source.size - TAIL), source.size));
}

function namesIn(bytes: Uint8Array): string[] {
  const names: string[] = [];
  for (let at = 0; at + CENTRAL_SIZE <= bytes.length; at++) {
    if (!CENTRAL.every((byte, i) => bytes[at + i] === byte)) continue;
    const length = bytes[at + 28] | (bytes[at + 29] << 8);
    names.push(String.fromCharCode(...bytes.subarray(at + CENTRAL_SIZE, at + CENTRAL_SIZE + Math.min(length, 512))));
  }
  return names;
}

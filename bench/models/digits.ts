import { readFileSync } from 'node:fs';
import { BeitImageProcessor } from '../../src/loading/imageProcessors.ts';
import type { Tensor } from '../../src/tensor.ts';
import { bytesSource, type ModelFiles } from '../../src/weights/bytes/byteSource.ts';
import { readAll } from '../../test/src/weights/readAll.ts';

const FOLDER = 'fixtures/beit-digits';

/** The trained model of the repository, and all scans it was never shown, as it takes them. */
export interface Digits {
  readonly files: ModelFiles;
  readonly pixels: Tensor; // [n, 3, 32, 32]
  readonly labels: readonly number[];
}

export async function digits(): Promise<Digits> {
  const heldout = await readAll(folder({ 'model.safetensors': 'heldout.safetensors' }));
  const scans = heldout.get('images')!.data; // [n, 8, 8]
  const labels = Array.from(heldout.get('labels')!.data);
  const processor = await BeitImageProcessor.fromPretrained(FOLDER);
  const pictures = labels.map((_, i) => {
    return { data: Uint8Array.from(scans.subarray(64 * i, 64 * i + 64)), width: 8, height: 8, channels: 1 };
  });
  const { pixelValues } = await processor.preprocess(pictures);
  return { files: folder(), pixels: pixelValues, labels };
}

/** The files of the folder, some under other names. */
function folder(aliases: Readonly<Record<string, string>> = {}): ModelFiles {
  return {
    open: async (name) => {
      try {
        return bytesSource(name, new Uint8Array(readFileSync(`${FOLDER}/${aliases[name] ?? name}`)));
      } catch {
        return null;
      }
    },
  };
}

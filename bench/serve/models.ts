import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { encodePng } from '../../src/image/png/encodePng.ts';
import { bytesSource, type ModelFiles } from '../../src/weights/bytes/byteSource.ts';
import { baseModel } from '../models/baseModel.ts';
import { writePieces } from '../models/prepare.ts';
import { onnxFile } from '../onnx/onnxFile.ts';
import { recordClassifier } from '../onnx/recordClassifier.ts';

/** A model in one folder for all servers, and a picture of its own size: resizing is then the same everywhere. */
export interface ServedModelFiles {
  readonly folder: string;
  readonly picture: Uint8Array;
}

const SOURCES = {
  /** The trained model of the repository, 32 × 32. */
  digits: { files: () => folderFiles('fixtures/beit-digits'), from: 'fixtures/beit-digits', size: 32 },
  /** BEiT-base at 224 with seeded weights. */
  base: { files: baseModel, from: 'fixtures/base224', size: 224 },
} as const;

export type ServedModelName = keyof typeof SOURCES;

/** Writes config, processor, weights and the ONNX file of a model, unless they are there. */
export async function servedModelFiles(name: ServedModelName): Promise<ServedModelFiles> {
  const { files, from, size } = SOURCES[name];
  const folder = `.cache/bench/serve-${name}`;
  const onnx = `${folder}/onnx/model.onnx`;
  if (!existsSync(onnx)) {
    mkdirSync(`${folder}/onnx`, { recursive: true });
    const source = files();
    const processor = readFileSync(`${from}/preprocessor_config.json`, 'utf8');
    writeFileSync(
      `${folder}/preprocessor_config.json`,
      processor.replace('BeitImageProcessor', 'BeitFeatureExtractor'),
    ); // the name that transformers.js knows
    for (const file of ['config.json', 'model.safetensors']) await copy(source, file, `${folder}/${file}`);
    writePieces(onnx, onnxFile(await namedLogits(source)));
  }
  return { folder, picture: noisyPicture(size) };
}

/** Transformers.js looks for an output of this name. */
async function namedLogits(files: ModelFiles) {
  const { graph, input, output } = await recordClassifier(files, { int8: false });
  graph.nodes.push({ op: 'Identity', inputs: [output.name], outputs: ['logits'], attributes: {} });
  return { graph, input, output: { name: 'logits', dims: output.dims } };
}

async function copy(files: ModelFiles, name: string, to: string): Promise<void> {
  const source = (await files.open(name))!;
  writeFileSync(to, await source.read(0, source.size));
}

function folderFiles(folder: string): ModelFiles {
  return { open: async (name) => bytesSource(name, new Uint8Array(readFileSync(`${folder}/${name}`))) };
}

/** Smooth colors under a texture. */
function noisyPicture(size: number): Uint8Array {
  const data = new Uint8Array(3 * size * size);
  for (let i = 0; i < size * size; i++) {
    const [x, y] = [i % size, Math.floor(i / size)];
    const texture = (Math.imul(i, 2654435761) >>> 27) - 16;
    data.set([(x * 255) / size + texture, (y * 255) / size + texture, ((x ^ y) & 127) + 64], 3 * i);
  }
  return encodePng({ data, width: size, height: size, channels: 3 });
}

import { closeSync, existsSync, mkdirSync, openSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import { Random } from '../../src/model/beit/random.ts';
import type { ModelFiles } from '../../src/weights/bytes/byteSource.ts';
import { onnxFile } from '../onnx/onnxFile.ts';
import { recordClassifier } from '../onnx/recordClassifier.ts';

/** Where one model lies, as each engine wants it. */
export interface PreparedModel {
  readonly folder: string; // config.json, model.safetensors
  readonly onnx: string;
  readonly onnxInt8: string;
}

/** Writes a checkpoint and its ONNX files under .cache/bench/NAME, unless they lie there. */
export async function prepareModel(
  name: string,
  files: () => ModelFiles | Promise<ModelFiles>,
): Promise<PreparedModel> {
  const folder = `.cache/bench/${name}`;
  const model = { folder, onnx: `${folder}/model.onnx`, onnxInt8: `${folder}/model.int8.onnx` };
  if (existsSync(model.onnxInt8)) return model;
  mkdirSync(folder, { recursive: true });
  const source = await files();
  for (const file of ['config.json', 'model.safetensors']) await copyFile(source, file, `${folder}/${file}`);
  writePieces(model.onnx, onnxFile(await recordClassifier(source, { int8: false })));
  writePieces(model.onnxInt8, onnxFile(await recordClassifier(source, { int8: true })));
  return model;
}

/** Seeded noise as pixels [count, 3, size, size], in a file that every engine reads. */
export function preparePixels(size: number, count = 1): string {
  const file = `.cache/bench/pixels-${size}-${count}.f32`;
  if (existsSync(file)) return file;
  const random = new Random(size);
  const pixels = new Float32Array(count * 3 * size * size).map(() => random.normal());
  mkdirSync('.cache/bench', { recursive: true });
  writeFileSync(file, new Uint8Array(pixels.buffer));
  return file;
}

async function copyFile(files: ModelFiles, name: string, to: string): Promise<void> {
  const source = (await files.open(name))!;
  const file = openSync(`${to}.partial`, 'w');
  for await (const chunk of source.stream(0, source.size)) writeSync(file, chunk);
  closeSync(file);
  renameSync(`${to}.partial`, to);
}

/** Writes a file piece by piece and gives it its name at the end, so that a name means a whole file. */
export function writePieces(to: string, pieces: readonly Uint8Array[]): void {
  const file = openSync(`${to}.partial`, 'w');
  for (const piece of pieces) for (let at = 0; at < piece.length; ) at += writeSync(file, piece, at);
  closeSync(file);
  renameSync(`${to}.partial`, to);
}

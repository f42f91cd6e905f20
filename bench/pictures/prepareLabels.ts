import { copyFileSync, existsSync, linkSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { baseModel } from '../models/baseModel.ts';
import { prepareModel } from '../models/prepare.ts';
import { MODELS } from './jobs.ts';

const PROCESSOR = 'preprocessor_config.json';
const OLDER_NAME = { image_processor_type: 'BeitFeatureExtractor' };

/** BEiT-base with its image processor, in our folder and in one as transformers.js wants it, of the same weights. */
export async function prepareLabels(): Promise<void> {
  const { folder, onnx, onnxInt8 } = await prepareModel('beit-base', baseModel);
  copyFileSync(`fixtures/base224/${PROCESSOR}`, `${folder}/${PROCESSOR}`);
  const theirs = MODELS.transformersJs;
  mkdirSync(`${theirs}/onnx`, { recursive: true });
  copyFileSync(`${folder}/config.json`, `${theirs}/config.json`);
  // it knows the older name alone
  const processor = { ...JSON.parse(readFileSync(`${folder}/${PROCESSOR}`, 'utf8')), ...OLDER_NAME };
  writeFileSync(`${theirs}/${PROCESSOR}`, JSON.stringify(processor));
  for (const [from, to] of [
    [onnx, 'model.onnx'],
    [onnxInt8, 'model_quantized.onnx'],
  ]) {
    if (!existsSync(`${theirs}/onnx/${to}`)) linkSync(from, `${theirs}/onnx/${to}`);
  }
}

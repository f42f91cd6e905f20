import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { decode as decodeJpeg } from 'jpeg-js';
import { PNG } from 'pngjs';
import { MODELS, type PictureJob, type PictureRun } from '../pictures/jobs.ts';
import { rivalFile, rivalPackage } from './rivalPackage.ts';
import type { Sharp, TransformersJs } from './rivalTypes.ts';

const SIZE = 224;

/** Per job and name how a contestant is opened, on one thread. */
export const ENGINES: Readonly<Record<PictureJob, Readonly<Record<string, () => Promise<PictureRun>>>>> = {
  decode: {
    ours: async () => (await ours()).decode,
    sharp: async () => (bytes) => sharp()(bytes).removeAlpha().raw().toBuffer(),
    'jpeg-js': async () => async (bytes) => decodeJpeg(bytes, { useTArray: true, maxMemoryUsageInMB: 2048 }),
    pngjs: async () => async (bytes) => PNG.sync.read(Buffer.from(bytes)),
    '@jsquash/jpeg': () => jsquash('@jsquash/jpeg', 'codec/dec/mozjpeg_dec.wasm'),
    '@jsquash/png': () => jsquash('@jsquash/png', 'codec/pkg/squoosh_png_bg.wasm'),
    '@jsquash/webp': () => jsquash('@jsquash/webp', 'codec/dec/webp_dec.wasm'),
  },
  pixelValues: {
    ours: async () => {
      const processor = await (await ours()).BeitImageProcessor.fromPretrained(MODELS.ours);
      return (bytes) => processor.preprocess(bytes);
    },
    // its own filters, so other pixels: what people write who do not need Python's
    sharp: async () => (bytes) => sharp()(bytes).resize(SIZE, SIZE, { fit: 'fill' }).removeAlpha().raw().toBuffer(),
  },
  label: {
    'ours q8': () => ourLabel('q8'),
    'ours f32': () => ourLabel('f32'),
    'transformers.js q8': () => theirLabel('q8'),
    'transformers.js f32': () => theirLabel('fp32'),
  },
};

function ours(): Promise<typeof import('../../src/index.ts')> {
  return import(pathToFileURL(resolve('dist/index.node.js')).href);
}

async function ourLabel(dtype: 'q8' | 'f32'): Promise<PictureRun> {
  const { pipeline } = await ours();
  const classify = await pipeline('image-classification', MODELS.ours, { dtype, threads: 1 });
  return async (bytes) => (await classify(bytes, { topK: 1 }))[0].label;
}

/** On onnxruntime's native engine, as transformers.js runs in Node. */
async function theirLabel(dtype: 'q8' | 'fp32'): Promise<PictureRun> {
  const { pipeline, env } = (await import(
    pathToFileURL(rivalFile('@huggingface/transformers')).href
  )) as TransformersJs;
  env.allowRemoteModels = false;
  sharp();
  const options = { dtype, device: 'cpu', session_options: { intraOpNumThreads: 1, interOpNumThreads: 1 } };
  const classify = await pipeline('image-classification', resolve(MODELS.transformersJs), options);
  return async (bytes) => (await classify(new Blob([bytes]), { top_k: 1 }))[0].label;
}

function sharp(): Sharp {
  const found = rivalPackage<Sharp>('sharp');
  found.concurrency(1);
  return found;
}

async function jsquash(name: string, wasm: string): Promise<PictureRun> {
  Object.assign(globalThis, { ImageData: Pixels });
  const { default: decode, init } = await import(pathToFileURL(rivalFile(`${name}/decode.js`)).href);
  await init(new WebAssembly.Module(readFileSync(rivalFile(`${name}/${wasm}`))));
  return (bytes) => decode(bytes.buffer);
}

/** What is called ImageData in a page. */
class Pixels {
  constructor(readonly data: Uint8ClampedArray) {}
}

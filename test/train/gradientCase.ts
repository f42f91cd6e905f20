import { readFileSync } from 'node:fs';
import { loadWeights } from '../../src/loading/loadWeights.ts';
import { BeitConfig, type ProblemType } from '../../src/model/beit/config/config.ts';
import { canonicalNames } from '../../src/model/beit/config/names.ts';
import { Tensor } from '../../src/tensor.ts';
import { classifierLossOf, type LossOf, mapLossOf, maskedLossOf } from '../../src/train/classLosses.ts';
import type { TrainableClass } from '../../src/train/model/trainedClasses.ts';
import type { TrainParameters } from '../../src/train/model/trainParameters.ts';
import { TrainSession } from '../../src/train/trainSession.ts';
import type { TrainBatch, TrainSessionOptions } from '../../src/train/trainSessionOptions.ts';
import { filesOf } from '../../src/weights/bytes/byteSource.ts';
import { openCheckpoint } from '../../src/weights/checkpoint.ts';
import { type AnyTensor, readTensors } from '../family/readTensors.ts';

/** What `fixtures/make/gradients.py` says of a case. */
export interface CaseFile {
  readonly transformers: string;
  readonly name: TrainableClass;
  readonly images: number;
  readonly size: number;
  readonly loss: number;
  readonly problem: ProblemType | null;
  readonly frozenNorms?: boolean;
  /** Of a run over several batches: the learning rate, and the loss of each step. */
  readonly rate?: number;
  readonly losses?: readonly number[];
}

/** A case with its session open. */
export interface GradientCase {
  readonly file: CaseFile;
  readonly session: TrainSession;
  readonly batch: TrainBatch;
  readonly lossOf: LossOf;
  /** All batches of a run over several. */
  readonly batches: readonly { readonly batch: TrainBatch; readonly lossOf: LossOf }[];
}

/** Opens a case; `prepare` may reserve more before memory is grown. */
export async function openCase(
  folder: string,
  options: Partial<TrainSessionOptions> = {},
  prepare: (session: TrainSession) => void = () => {},
  adapt: (parameters: TrainParameters) => void = () => {},
): Promise<GradientCase> {
  const file: CaseFile = JSON.parse(readFileSync(`${folder}/case.json`, 'utf8'));
  const config = BeitConfig.fromJSON(JSON.parse(readFileSync(`${folder}/config.json`, 'utf8')));
  const { images, size, frozenNorms: frozenBatchNorm } = file;
  const open = { threads: 1, images, height: size, width: size, frozenBatchNorm, ...options };
  const session = await TrainSession.open(config, file.name, open, adapt);
  prepare(session);
  await session.commit();
  const checkpoint = await openCheckpoint(
    filesOf({ 'model.safetensors': readFileSync(`${folder}/model.safetensors`) }),
  );
  await loadWeights(checkpoint, session.parameters, { allowMissing: true });
  session.weightsLoaded();
  const io = await readTensors(`${folder}/io.safetensors`);
  const batches = batchesOf(io).map((part) => batchOf(file, config, part));
  return { file, session, batches, ...batches[0] };
}

/** Pixels of several batches have a dimension more. */
function batchesOf(io: Map<string, AnyTensor>): Map<string, AnyTensor>[] {
  const { dims } = io.get('in.pixel_values')!;
  if (dims.length === 4) return [io];
  return Array.from({ length: dims[0] }, (_, i) => {
    return new Map(
      [...io].map(([name, { type, data, dims: all }]) => {
        const size = data.length / all[0];
        return [name, { type, data: data.slice(i * size, (i + 1) * size), dims: all.slice(1) }];
      }),
    );
  });
}

function batchOf(file: CaseFile, config: BeitConfig, io: Map<string, AnyTensor>) {
  const masked = io.get('in.bool_masked_pos')?.data as Uint8Array | undefined;
  const mask = masked && Float32Array.from(masked);
  const pixels = io.get('in.pixel_values')!.data as Float32Array;
  return { batch: { pixels, images: file.images, mask }, lossOf: lossFor(file, config, io, mask) };
}

function lossFor(file: CaseFile, config: BeitConfig, io: Map<string, AnyTensor>, mask?: Float32Array): LossOf {
  const given = io.get('in.labels');
  if (!given) return weighted(io);
  const { images, problem, size } = file;
  const grid = { height: Math.floor(size / config.patchSize), width: Math.floor(size / config.patchSize) };
  const labels = new Tensor('float32', Float32Array.from(given.data as ArrayLike<number | bigint>, Number), given.dims);
  const request = { config, labels, images, problemType: problem ?? undefined };
  if (file.name === 'BeitForImageClassification') return classifierLossOf(request);
  return file.name === 'BeitForSemanticSegmentation' ? mapLossOf(request, grid) : maskedLossOf(request, mask);
}

/** Σ d ⊙ output, over the outputs that have a d. */
function weighted(io: Map<string, AnyTensor>): LossOf {
  const given = [...io].filter(([name]) => name.startsWith('in.d.'));
  const gradients = Object.fromEntries(given.map(([name, { data }]) => [name.slice(5), data as Float32Array]));
  return (outputs) => {
    const sums = Object.entries(gradients).map(([name, d]) => d.reduce((sum, v, i) => sum + v * outputs[name][i], 0));
    return { loss: sums.reduce((a, b) => a + b, 0), gradients };
  };
}

/** Numbers of a file of a case by name and canonical name; those of gradients that torch has not are left out. */
export async function expectedOf(folder: string, file: string) {
  const tensors = await readTensors(`${folder}/${file}.safetensors`);
  const canonical = canonicalNames(tensors.keys());
  return [...tensors]
    .map(([name, { data }]) => ({ name, canonical: canonical.get(name)!, data: data as Float32Array | Float64Array }))
    .filter(({ canonical, data }) => canonical !== null && !Number.isNaN(data[0]));
}

/** ‖a − b‖/‖b‖. */
export function relativeDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [difference, size] = [0, 0];
  for (let i = 0; i < b.length; i++) {
    difference += (a[i] - b[i]) ** 2;
    size += b[i] ** 2;
  }
  return Math.sqrt(difference) / Math.max(Math.sqrt(size), 1e-30);
}

import { readFileSync } from 'node:fs';
import { loadWeights } from '../../src/loading/loadWeights.ts';
import { BeitConfig } from '../../src/model/beit/config/config.ts';
import { canonicalNames } from '../../src/model/beit/config/names.ts';
import { crossEntropyGradient, distributions, type LossGradient } from '../../src/train/losses.ts';
import type { TrainableClass } from '../../src/train/model/heads.ts';
import { type TrainBatch, TrainSession, type TrainSessionOptions } from '../../src/train/trainSession.ts';
import { filesOf } from '../../src/weights/bytes/byteSource.ts';
import { openCheckpoint } from '../../src/weights/checkpoint.ts';
import { type AnyTensor, readTensors } from '../family/readTensors.ts';

/** What `fixtures/make/gradients.py` says of a case. */
export interface CaseFile {
  readonly name: TrainableClass;
  readonly images: number;
  readonly size: number;
  readonly loss: number;
  /** How far the f32 gradients of torch are from the f64 ones. */
  readonly torch: Readonly<Record<string, number>>;
}

/** A case with its session open. */
export interface GradientCase {
  readonly file: CaseFile;
  readonly io: Map<string, AnyTensor>;
  readonly session: TrainSession;
  readonly batch: TrainBatch;
  readonly lossOf: (logits: Float32Array) => LossGradient;
}

/** Opens a case; `prepare` may reserve more before memory is grown. */
export async function openCase(
  folder: string,
  options: Partial<TrainSessionOptions> = {},
  prepare: (session: TrainSession) => void = () => {},
): Promise<GradientCase> {
  const file: CaseFile = JSON.parse(readFileSync(`${folder}/case.json`, 'utf8'));
  const config = BeitConfig.fromJSON(JSON.parse(readFileSync(`${folder}/config.json`, 'utf8')));
  const { images, size } = file;
  const open = { threads: 1, images, height: size, width: size, ...options };
  const session = await TrainSession.open(config, file.name, open);
  prepare(session);
  await session.commit();
  const checkpoint = await openCheckpoint(
    filesOf({ 'model.safetensors': readFileSync(`${folder}/model.safetensors`) }),
  );
  await loadWeights(checkpoint, session.parameters, {});
  session.weightsLoaded();
  const io = await readTensors(`${folder}/io.safetensors`);
  const labels = Array.from(io.get('in.labels')!.data, Number);
  const masked = io.get('in.bool_masked_pos')?.data as Uint8Array | undefined;
  const mask = masked && Float32Array.from(masked);
  return {
    file,
    io,
    session,
    batch: { pixels: io.get('in.pixel_values')!.data as Float32Array, images, mask },
    lossOf: lossFor(config, labels, mask),
  };
}

function lossFor(config: BeitConfig, labels: number[], mask: Float32Array | undefined) {
  if (!mask) {
    const targets = distributions(labels, config.numLabels);
    return (logits: Float32Array) => crossEntropyGradient(logits, config.numLabels, targets);
  }
  let next = 0;
  const all = Array.from(mask, (m) => (m ? labels[next++] : -1));
  const targets = distributions(all, config.vocabSize);
  return (logits: Float32Array) => crossEntropyGradient(logits, config.vocabSize, targets, (row) => mask[row] !== 0);
}

/** Gradients by canonical name. */
export function gradientsOf(session: TrainSession): Map<string, Float32Array> {
  return new Map(session.trained.tensors.map(({ name, gradient }) => [name, session.backend.readNow(gradient)]));
}

/** What `io` holds under names that begin with `prefix`, by canonical name and by its own. */
export function expectedOf(io: Map<string, AnyTensor>, prefix: string) {
  const names = [...io.keys()].filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  const canonical = canonicalNames(names);
  return names.map((name) => ({
    name,
    canonical: canonical.get(name)!,
    data: io.get(prefix + name)!.data as Float64Array,
  }));
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

import type * as Train from '../../src/train/index.ts';
import { memoryFolder } from '../memoryFolder.ts';
import trainDigest from './digest.train.json';
import { sha256 } from './outputs.ts';
import { demand, findingsOf, type Report, type Surroundings } from './smoke.ts';

/** The entry for training as its users import it. */
export type TrainLibrary = typeof Train;

const DIGITS = 'beit-digits';
const SCANS = ['0005-5', '0012-2', '0061-7', '0020-0', '0000-0', '0016-6'];
/** Everything of a run that draws random numbers, and everything that sums. */
const OPTIONS = {
  train: 'all',
  epochs: 2,
  batchSize: 2,
  validation: 0,
  learningRate: 1e-3,
  maxGradientNorm: 1,
  layerDecay: 0.9,
  dropout: true,
  mixup: 0.5,
  averageDecay: 0.9,
  seed: 3,
} as const;

/** The same final weights on every number of threads, and where a run was stopped and went on. */
export async function trains(around: Surroundings): Promise<string> {
  if (!around.train) return 'no entry for training here';
  // more threads than processors take long
  const ran = await reproducedOn(
    around,
    around.train,
    around.threads.filter((count) => count <= 2),
  );
  const hasWorkers = await readsOnWorkers(around, around.train);
  return `one digest on ${ran.join(', ')} threads, resumed too${hasWorkers ? ', and with pictures on workers' : ''}`;
}

/** Training alone, on all numbers of threads that are asked for: `npm run test:runtimes -- --training=1,5,8`. */
export async function trainingAlone(around: Surroundings): Promise<Report> {
  const engines: string[] = [];
  const checks = around.threads.map((threads) => {
    const check = async () => {
      const ran = await reproducedOn(around, around.train!, [threads]);
      engines.push(...ran.map((count) => `training × ${count}`));
      return ran.length > 0 ? 'the digest' : 'rejected';
    };
    return [`training × ${threads}`, check] as const;
  });
  const reads = async () => ((await readsOnWorkers(around, around.train!)) ? 'the digest' : 'rejected');
  const all = { ...Object.fromEntries(checks), 'pictures on workers': reads };
  return { findings: await findingsOf(all), engines, digests: {} };
}

/** The numbers of threads of `asked` that there are; each must give the digest. */
async function reproducedOn(around: Surroundings, train: TrainLibrary, asked: readonly number[]): Promise<number[]> {
  const stored: Readonly<Record<string, string>> = trainDigest;
  const ran: number[] = [];
  for (const threads of asked) {
    const found = await computedOn(around, train, threads);
    if (!found) continue;
    for (const [name, digest] of Object.entries(found)) {
      demand(digest === stored[name], `${name} on ${threads} threads: digest ${digest}, expected ${stored[name]}`);
    }
    ran.push(threads);
  }
  return ran;
}

/** The same weights with pictures read on workers. False where there are none, as in a worker of a page. */
async function readsOnWorkers(around: Surroundings, train: TrainLibrary): Promise<boolean> {
  const read = await fineTunes(around, train, { threads: 1, pictureWorkers: 2 }).catch((error) => {
    if ((error as { code?: string }).code === 'UnsupportedRuntime') return null;
    throw error;
  });
  const expected = trainDigest.fineTuned;
  demand(read === null || read === expected, `pictures on workers: digest ${read}, expected ${expected}`);
  return read !== null;
}

async function computedOn(around: Surroundings, train: TrainLibrary, threads: number) {
  try {
    const fineTuned = await fineTunes(around, train, { threads });
    if (threads <= 2) {
      const resumed = await resumes(around, train, threads);
      demand(resumed === fineTuned, `resumed on ${threads} threads: digest ${resumed}, expected ${fineTuned}`);
    }
    return { fineTuned, segmentation: await segments(around, train, threads) };
  } catch (error) {
    if ((error as { code?: string }).code === 'UnsupportedRuntime') return null;
    throw error;
  }
}

async function examplesOf({ read }: Surroundings): Promise<Train.TrainExample[]> {
  const pictures = await Promise.all(SCANS.map((name) => read(`${DIGITS}/scans/${name}.png`)));
  return pictures.map((image, i) => ({ image, label: SCANS[i].at(-1)! }));
}

async function fineTunes(around: Surroundings, train: TrainLibrary, how: Train.FineTuneOptions): Promise<string> {
  const tuned = await train.fineTune(around.source(DIGITS), await examplesOf(around), { ...OPTIONS, ...how });
  return digestOf(tuned);
}

/** Stopped behind the fourth of six steps. */
async function resumes(around: Surroundings, train: TrainLibrary, threads: number): Promise<string> {
  const [source, examples] = [around.source(DIGITS), await examplesOf(around)];
  const { files, create } = memoryFolder();
  const controller = new AbortController();
  const stopped = await train
    .fineTune(source, examples, {
      ...OPTIONS,
      threads,
      checkpointTo: create,
      checkpointEvery: 2,
      signal: controller.signal,
      onTraining: (progress) => progress.status === 'step' && progress.step === 5 && controller.abort(),
    })
    .catch((error) => error.code);
  demand(stopped === 'Aborted', `expected Aborted, got ${stopped}`);
  return digestOf(await train.fineTune(source, examples, { ...OPTIONS, threads, resumeFrom: files }));
}

async function digestOf(tuned: Train.FineTuned): Promise<string> {
  const { files, create } = memoryFolder();
  await tuned.save(create);
  tuned.dispose();
  return sha256(files['model.safetensors']);
}

/** Two steps of a segmentation, with its batch norms. */
async function segments({ beit, source }: Surroundings, train: TrainLibrary, threads: number): Promise<string> {
  const options = { class: 'BeitForSemanticSegmentation', images: 2, threads } as const;
  const trainer = await train.Trainer.open(source('models/seg'), options);
  const { height, width } = trainer.config.nativeSize;
  const data = Float32Array.from({ length: 6 * height * width }, (_, i) => (((i * 7919) % 128) - 64) / 64);
  const map = Int32Array.from({ length: 2 * 30 * 20 }, (_, i) => i % 5);
  const pixelValues = new beit.Tensor('float32', data, [2, 3, height, width]);
  const labels = new beit.Tensor('int32', map, [2, 30, 20]);
  for (let step = 0; step < 2; step++) await trainer.step([{ pixelValues, labels } as Train.TrainStep], 1e-3);
  const { files, create } = memoryFolder();
  await trainer.save(create);
  trainer.dispose();
  return sha256(files['model.safetensors']);
}

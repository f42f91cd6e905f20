import type { ErrorCode, ModelSource } from '../../src/index.ts';
import fusedDigest from './digest.fused.json';
import expected from './digest.json';
import { digests, type Engine, type Library } from './outputs.ts';
import { type TrainLibrary, trains } from './training.ts';

/** What a runtime's entry gives the suite: the library, and a way to the fixtures. */
export interface Surroundings {
  readonly beit: Library;
  /** The entry for training, where a runtime can compile its core. */
  readonly train?: TrainLibrary;
  source(name: string): ModelSource;
  read(name: string): Promise<Uint8Array>;
  /** Numbers of threads to try. */
  readonly threads: readonly number[];
}

/** One check: what it found, or why it failed. */
export interface Finding {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
  readonly ms: number;
}

export interface Report {
  readonly findings: readonly Finding[];
  /** Engines that reproduced the digest, as "relaxed × 2". */
  readonly engines: readonly string[];
  /** What was computed, for whoever stores it anew. */
  readonly digests: Readonly<Record<string, string>>;
}

const DIGITS = 'beit-digits';
const SCAN = 'beit-digits/scans/0005-5.png';
/** Null while it is made anew: then the engines need only agree with each other. */
const STORED: Readonly<Record<string, string>> | null = 'all' in expected ? (expected as Record<string, string>) : null;
const SIMD = ['strict', 'relaxed'] as const;

/** Load, classify, error, abort, dispose, digest: the same in every runtime. */
export async function smoke(around: Surroundings): Promise<Report> {
  const engines: string[] = [];
  let computed: Readonly<Record<string, string>> = {};
  const findings = await findingsOf({
    classify: () => classifies(around),
    batch: () => computesBatches(around),
    workers: () => sharesWeights(around),
    webp: () => decodesWebp(around),
    error: () => failsByCode(around),
    abort: () => aborts(around),
    dispose: () => disposes(around),
    fused: () => fuses(around),
    training: () => trains(around),
    digest: async () => {
      computed = await reproduces(around, engines);
      return engines.join(', ');
    },
  });
  return { findings, engines, digests: computed };
}

/** What each check found; those behind one that fails run all the same. */
export async function findingsOf(checks: Readonly<Record<string, () => Promise<string>>>): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const [name, check] of Object.entries(checks)) {
    const started = performance.now();
    const [ok, detail] = await check().then(
      (text) => [true, text] as const,
      (error) => [false, `${error?.name} ${error?.code ?? ''} ${error?.message}\n${error?.stack ?? ''}`] as const,
    );
    findings.push({ name, ok, detail, ms: Math.round(performance.now() - started) });
  }
  return findings;
}

export function demand(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(message);
}

async function classifies({ beit, source, read }: Surroundings): Promise<string> {
  using classify = await beit.pipeline('image-classification', source(DIGITS));
  const [best, second] = await classify(await read(SCAN), { topK: 2 });
  demand(best.label === '5' && best.score > 0.8, `expected a 5, got ${JSON.stringify([best, second])}`);
  return `${best.label} with ${best.score.toFixed(4)}`;
}

/** The bytes of Pillow, from a decoder that is fetched when a WebP comes. */
async function decodesWebp({ beit, read }: Surroundings): Promise<string> {
  const cases: [string, number | null, number, string, string][] = JSON.parse(
    new TextDecoder().decode(await read('image/webp.json')),
  );
  let decoded = 0;
  for (const [name, width, height, hash, base64] of cases) {
    const file = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const result = await beit.decode(file).catch((error) => error.code as string);
    if (typeof result === 'string') {
      demand(width === null && /^(InvalidImage|ImageTooLarge)$/.test(result), `${name}: ${result}`);
      continue;
    }
    const found = new Uint8Array(await crypto.subtle.digest('SHA-256', result.data as Uint8Array<ArrayBuffer>));
    const text = Array.from(found.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join('');
    demand(text === hash && result.width === width && result.height === height, `${name}: other pixels`);
    decoded++;
  }
  demand(decoded > 60, `only ${decoded} of ${cases.length} files were decoded`);
  return `${decoded} files`;
}

/** A batch gives what its pictures give one by one. */
async function computesBatches({ beit, source, read }: Surroundings): Promise<string> {
  using classify = await beit.pipeline('image-classification', source(DIGITS), { maxBatch: 2 });
  const scans = ['0005-5', '0012-2', '0061-7'];
  const pictures = await Promise.all(scans.map((name) => read(`beit-digits/scans/${name}.png`)));
  const together = await classify(pictures);
  const alone = await Promise.all(pictures.map((picture) => classify(picture)));
  demand(JSON.stringify(together) === JSON.stringify(alone), 'a batch differs from its pictures one by one');
  const labels = together.map(([{ label }]) => label).join('');
  demand(labels === '527', `expected 527, got ${labels}`);
  return labels;
}

/** Several workers over one copy of the weights, where the runtime has them; elsewhere they are rejected as such. */
async function sharesWeights({ beit, source, read }: Surroundings): Promise<string> {
  using alone = await beit.pipeline('image-classification', source(DIGITS), { threads: 1 });
  const pool = await beit
    .pipeline('image-classification', source(DIGITS), { workers: 2, threads: 2 })
    .catch((error) => {
      if (error.code === 'UnsupportedRuntime') return null;
      throw error;
    });
  if (!pool) return 'rejected';
  const picture = await read(SCAN);
  const expected = JSON.stringify(await alone(picture));
  const answers = await Promise.all(Array.from({ length: 6 }, () => pool(picture)));
  pool.dispose();
  demand(
    answers.every((answer) => JSON.stringify(answer) === expected),
    'a worker gives another answer',
  );
  return '6 passes on 2 workers';
}

async function failsByCode({ beit, source, read }: Surroundings): Promise<string> {
  using classify = await beit.pipeline('image-classification', source(DIGITS));
  const picture = await read(SCAN);
  const notPicture = new TextEncoder().encode('GIF89a? no: a text that is no picture at all');
  await refuses(beit, 'InvalidImage', () => classify(picture.slice(0, 60)));
  await refuses(beit, ['InvalidImage', 'UnsupportedFormat'], () => classify(notPicture));
  await refuses(beit, 'InvalidArgument', () => classify(picture, { topK: 0 }));
  await refuses(beit, 'FileNotFound', () => beit.pipeline('image-classification', source('not-there')));
  await refuses(beit, 'InvalidCheckpoint', async () => {
    const config = await read(`${DIGITS}/config.json`);
    const weights = await read(`${DIGITS}/model.safetensors`);
    const files = { 'config.json': config, 'model.safetensors': weights.slice(0, 5000) };
    return beit.BeitForImageClassification.fromPretrained(files);
  });
  return 'five kinds';
}

export async function refuses(
  { BeitError }: Library,
  codes: ErrorCode | readonly ErrorCode[],
  action: () => Promise<unknown>,
): Promise<void> {
  const error = await action().then(
    () => null,
    (thrown) => thrown,
  );
  const fits = error instanceof BeitError && [codes].flat().includes(error.code);
  demand(fits, `expected ${codes}, got ${error?.code ?? error}: ${error?.message ?? ''}`);
}

/** Before, between two blocks, and then not at all: the model still answers. */
async function aborts({ beit, source, read }: Surroundings): Promise<string> {
  await refuses(beit, 'Aborted', () =>
    beit.pipeline('image-classification', source(DIGITS), { signal: AbortSignal.abort() }),
  );
  using classify = await beit.pipeline('image-classification', source(DIGITS));
  const picture = await read(SCAN);
  await refuses(beit, 'Aborted', () => classify(picture, { signal: AbortSignal.abort() }));
  const controller = new AbortController();
  const many = Array.from({ length: 1000 }, () => picture);
  setTimeout(() => controller.abort(), 20);
  const started = performance.now();
  await refuses(beit, 'Aborted', () => classify(many, { signal: controller.signal }));
  const ms = Math.round(performance.now() - started);
  const [best] = await classify(picture);
  demand(best.label === '5', `after an abort: expected 5, got ${best.label}`);
  return `asked after 20 ms, done after ${ms} ms`;
}

async function disposes({ beit, source, read }: Surroundings): Promise<string> {
  const classify = await beit.pipeline('image-classification', source(DIGITS));
  const { memory } = classify.model;
  const picture = await read(SCAN);
  await classify(picture);
  classify.dispose();
  classify.dispose();
  await refuses(beit, 'Disposed', () => classify(picture));
  return `${memory} bytes`;
}

/** Every engine this runtime has, in each number of threads; what it lacks must be refused as such. */
async function reproduces(around: Surroundings, engines: string[]): Promise<Readonly<Record<string, string>>> {
  let last: Readonly<Record<string, string>> | undefined;
  for (const simd of SIMD) {
    for (const threads of around.threads) {
      const found = await computeUnlessLacking(around, { simd, threads });
      if (!found) continue;
      const wrong = Object.keys(found).filter((name) => found[name] !== (STORED ?? last ?? found)[name]);
      last = { ...last, ...found };
      demand(wrong.length === 0, `${simd} × ${threads} threads: another digest of ${wrong.join(', ')}`);
      engines.push(`${simd} × ${threads}`);
    }
  }
  return last ?? {};
}

/** Fused arithmetic has one digest of its own, in every runtime that fuses; others reject it. */
async function fuses(around: Surroundings): Promise<string> {
  const fusing: number[] = [];
  for (const threads of around.threads.slice(0, 2)) {
    const found = await computeUnlessLacking(around, { arithmetic: 'fused', threads });
    if (!found) continue;
    const wrong = Object.keys(found).filter((name) => found[name] !== (fusedDigest as Record<string, string>)[name]);
    demand(wrong.length === 0, `fused × ${threads} threads: another digest of ${wrong.join(', ')}`);
    fusing.push(threads);
  }
  return fusing.length > 0 ? `one digest on ${fusing.join(' and ')} threads` : 'rejected';
}

async function computeUnlessLacking({ beit, source }: Surroundings, engine: Engine) {
  try {
    return await digests(beit, source, engine);
  } catch (error) {
    if (error instanceof beit.BeitError && error.code === 'UnsupportedRuntime') return null;
    throw error;
  }
}

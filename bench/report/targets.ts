import type { Score } from '../contest/contest.ts';
import { spread } from '../contest/statistics.ts';
import type { BenchResults } from '../results.ts';

/** A promise of the project: a ratio or a share, what it must reach and what it aims at. */
interface Target {
  readonly name: string;
  readonly atLeast: string;
  readonly aim: string;
  /** What was reached; null when one side was not measured. */
  reached(results: BenchResults): string | null;
}

/** Names of two contestants of the bench: the first is divided by the second. */
type Pair = readonly [string, string];

/** One target a line: name, reached, at least, aim. Ratios of times come with the middle half over the rounds. */
export function targetRows(results: BenchResults): string[][] {
  return targetsOf(results).flatMap(({ name, atLeast, aim, reached }) => {
    const value = reached(results);
    return value === null ? [] : [[name, value, atLeast, aim]];
  });
}

/** What is promised of integers depends on whether the processor has one instruction for the dot. */
function targetsOf({ origin: { processor } }: BenchResults): Target[] {
  const single = processor?.dot !== 'vpmaddubsw';
  const [web, webAim, native] = single ? ['≤ 0.50', '≤ 0.38', '≤ 1.3'] : ['≤ 0.52', '≤ 0.44', '≤ 1.15'];
  return [
    pass('q8 ÷ onnxruntime-web int8, 1 thread', ['ours q8', 'onnxruntime-web int8'], web, webAim),
    pass('q8 ÷ native onnxruntime f32, 1 thread', ['ours q8', 'onnxruntime-node f32'], native, '≤ 1.0'),
    pass('q8, wide vectors ÷ onnxruntime-web int8', ['ours q8, wide vectors', 'onnxruntime-web int8'], web, webAim),
    pass(
      'q8, wide vectors ÷ native onnxruntime f32',
      ['ours q8, wide vectors', 'onnxruntime-node f32'],
      native,
      '≤ 1.0',
    ),
    ...TARGETS,
  ];
}

/** Pictures, and the time that we may take for them over that of Pillow. */
const PICTURE_TARGETS: readonly (readonly [picture: string, atLeast: string, aim: string])[] = [
  ['12 MP JPEG 4:2:0', '≤ 1.6', '≤ 1.2'],
  ['12 MP JPEG 4:4:4', '≤ 1.6', '≤ 1.2'],
  ['640×480 JPEG', '≤ 1.6', '≤ 1.2'],
  ['12 MP JPEG progressive', '≤ 1.6', '–'],
  ['1920×1440 PNG', '≤ 1.3', '–'],
  ['1920×1440 PNG, RGBA', '≤ 1.3', '–'],
  ['1920×1440 PNG, drawing', '≤ 1.3', '–'],
  ['12 MP WebP', '≤ 2.0', '–'],
  ['640×480 WebP', '≤ 2.0', '–'],
  ['640×480 WebP lossless', '≤ 2.0', '–'],
];

const TARGETS: readonly Target[] = [
  pass('f32 ÷ onnxruntime-web f32, 1 thread', ['ours f32', 'onnxruntime-web f32'], '≤ 0.62', '≤ 0.55'),
  pass('f32 fused ÷ onnxruntime-web f32, 1 thread', ['ours fused f32', 'onnxruntime-web f32'], '≤ 0.56', '≤ 0.50'),
  pass(
    'f32, wide vectors ÷ onnxruntime-web f32',
    ['ours f32, wide vectors', 'onnxruntime-web f32'],
    '≤ 0.60',
    '≤ 0.55',
  ),
  pass(
    'f32 fused, wide vectors ÷ onnxruntime-web f32',
    ['ours fused f32, wide vectors', 'onnxruntime-web f32'],
    '≤ 0.56',
    '≤ 0.50',
  ),
  pass('f32 ÷ onnxruntime-web f32, 2 threads', inTwoThreads('ours f32', 'onnxruntime-web f32'), '≤ 0.65', '≤ 0.58'),
  pass('q8 ÷ onnxruntime-web int8, 2 threads', inTwoThreads('ours q8', 'onnxruntime-web int8'), '–', '–'),
  pass('q8 strict ÷ onnxruntime-web int8', ['ours q8 strict', 'onnxruntime-web int8'], '≤ 0.85', '≤ 0.70'),
  pass(
    'q8 strict, Node 20 ÷ onnxruntime-web int8',
    ['ours q8 strict, Node 20', 'onnxruntime-web int8'],
    '≤ 0.85',
    '≤ 0.70',
  ),
  pass('f32, 1 thread ÷ 2 threads', ['ours f32', 'ours f32, 2 threads'], '≥ 1.85', '–'),
  pass('q8, 1 thread ÷ 2 threads', ['ours q8', 'ours q8, 2 threads'], '≥ 1.85', '–'),
  {
    name: 'linear f32, share of the measured limit, strict and relaxed',
    atLeast: '≥ 90 %',
    aim: '≥ 95 %',
    reached: ({ linear }) => {
      const shares = linear?.rates.flatMap(({ share }) => share ?? []) ?? [];
      return shares.length ? `${percent(Math.min(...shares))} to ${percent(Math.max(...shares))}` : null;
    },
  },
  ratio(
    'load f32 ÷ onnxruntime-web',
    (score) => score.load.median,
    ['ours f32', 'onnxruntime-web f32'],
    '≤ 0.15',
    '≤ 0.08',
  ),
  versus(
    'load f32 ÷ the creation of a session of onnxruntime-web alone',
    ['ours f32', 'onnxruntime-web f32'],
    '≤ 0.15',
    '≤ 0.10',
    (ours, theirs) => (ours.load.median / Number(/session creation (\d+)/.exec(theirs.note)?.[1])).toFixed(3),
  ),
  ratio(
    'peak resident f32 ÷ onnxruntime-web',
    (score) => score.peakBytes,
    ['ours f32', 'onnxruntime-web f32'],
    '≤ 0.33',
    '≤ 0.28',
  ),
  {
    name: 'engine download, gzip',
    atLeast: '≤ 80 kB',
    aim: '≤ 50 kB',
    reached: ({ downloads }) => {
      const [once, lazily] = (downloads ?? []).map(({ gzip }) => (gzip / 1e3).toFixed(1));
      return once ? `${once} kB (${lazily} with what comes lazily)` : null;
    },
  },
  ...PICTURE_TARGETS.map(picture),
  {
    name: '12 MP JPEG → pixelValues, peak above idle',
    atLeast: '≤ 24 MB',
    aim: '–',
    reached: ({ pictures }) => {
      const found = pictures?.find(
        ({ job, picture, name }) => job === 'pixelValues' && picture === '12 MP JPEG 4:2:0' && name === 'ours',
      );
      return found?.peakBytes === undefined ? null : `${(found.peakBytes / 1e6).toFixed(1)} MB`;
    },
  },
  ...['digits, 360 held-out scans', 'BEiT-base, random', 'BEiT-base, random, outliers'].map(distance),
];

/** Compares what two engines measured; null when one of them was not. */
function versus(
  name: string,
  [a, b]: Pair,
  atLeast: string,
  aim: string,
  compare: (a: Score, b: Score) => string,
): Target {
  return {
    name,
    atLeast,
    aim,
    reached: ({ models }) => {
      const [ours, theirs] = [a, b].map((engine) => models?.find((score) => score.name === engine));
      return ours && theirs ? compare(ours, theirs) : null;
    },
  };
}

function ratio(name: string, measure: (score: Score) => number, pair: Pair, atLeast: string, aim: string): Target {
  return versus(name, pair, atLeast, aim, (a, b) => (measure(a) / measure(b)).toFixed(3));
}

/** The ratio of the medians of a pass, with the middle half of the ratios of single rounds. */
function pass(name: string, pair: Pair, atLeast: string, aim: string): Target {
  return versus(name, pair, atLeast, aim, (a, b) => {
    const { low, high } = spread(a.passes.map((ms, round) => ms / b.passes[round]));
    return `${(a.pass.median / b.pass.median).toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})`;
  });
}

/** The median time for decoding a picture over Pillow's. */
function picture([name, atLeast, aim]: (typeof PICTURE_TARGETS)[number]): Target {
  return {
    name: `decode ${name} ÷ Pillow`,
    atLeast,
    aim,
    reached: ({ pictures }) => {
      const of = (engine: string) =>
        pictures?.find((one) => one.job === 'decode' && one.picture === name && one.name === engine)?.time.median;
      const [ours, theirs] = [of('ours'), of('Pillow')];
      return ours && theirs ? (ours / theirs).toFixed(2) : null;
    },
  };
}

/** How far q8 is from f32, as a share of the distance of onnxruntime's int8. */
function distance(model: string): Target {
  return {
    name: `q8 ÷ onnxruntime int8, rms from f32: ${model}`,
    atLeast: '≤ 0.6',
    aim: '–',
    reached: ({ accuracy }) => {
      const rms = (engine: string) => accuracy?.find((a) => a.model === model && a.engine === engine)?.rms;
      const [ours, theirs] = [rms('q8'), rms('onnxruntime int8')];
      return ours && theirs ? (ours / theirs).toFixed(2) : null;
    },
  };
}

function inTwoThreads(...engines: Pair): Pair {
  return [`${engines[0]}, 2 threads`, `${engines[1]}, 2 threads`];
}

const percent = (share: number) => `${(100 * share).toFixed(0)} %`;

import { BLOCK_FLOP } from '../matrices.ts';
import type { PictureJob } from '../pictures/jobs.ts';
import type { BenchResults } from '../results.ts';
import { markdownTable } from './markdown.ts';
import { targetRows } from './targets.ts';
import { trainingTables } from './trainingTables.ts';

/** Results as Markdown: one heading and table for every section that was measured. */
export function tables(results: BenchResults): string {
  const sections = [models, downloads, matrices, trainingTables, linear, kernels, scaling, accuracy, pictures, start];
  return sections
    .map((section) => section(results))
    .filter(Boolean)
    .join('\n\n');
}

/** Machine, runtime, commit and date. */
export function originLine({ origin }: BenchResults): string {
  const { cpu, processor, cores, gigabytes, node, v8 = [], commit, date } = origin;
  const machine = [cpu, ...(processor && processor.name !== cpu ? [processor.name] : [])].join(', ');
  return `${machine}, ${cores} cores, ${gigabytes} GiB; Node ${[node, ...v8].join(' ')}; commit ${commit}; ${date}`;
}

/** What the processor is, and what the engine makes of it. */
export function processorTable({ origin: { processor } }: BenchResults): string {
  if (!processor) return '';
  const { name, instructionSets, dot, fusedMultiplyAdd, form, limits } = processor;
  const limit = (kind: keyof typeof limits) => limits[kind]?.toFixed(1) ?? 'not in this engine';
  return section(
    `The processor, ${name}`,
    ['', ''],
    [
      ['instruction sets', instructionSets.join(', ') || 'unknown'],
      ['the relaxed dot becomes', dot],
      ['the relaxed multiply-add rounds', fusedMultiplyAdd ? 'once' : 'twice'],
      ['form of the micro-kernels', form],
      ['limit in registers, f32 strict, GFLOP/s', limit('f32')],
      ['limit in registers, f32 fused, GFLOP/s', limit('fused')],
      ['limit in registers, 16-bit integers, GOP/s', limit('dot16')],
      ['limit in registers, 8-bit integers by pairs, GOP/s', limit('pairs')],
      ['limit in registers, 8-bit integers by fours, GOP/s', limit('dot8')],
    ],
  );
}

/** Per job what a time is divided by, and what was made of the pictures. */
const JOBS: readonly (readonly [job: PictureJob, title: string, rival: string])[] = [
  ['decode', 'Decoding pictures: bytes → RGB', 'Pillow'],
  ['pixelValues', 'Bytes → [3, 224, 224] floats', 'Pillow'],
  ['label', 'Bytes → label, BEiT-base 224', 'transformers.js q8'],
];

function pictures({ pictures = [] }: BenchResults): string {
  return JOBS.map(([job, title, rival]) => {
    const found = pictures.filter((one) => one.job === job);
    const rows = found.map(({ picture, name, time, label, peakBytes }) => {
      const other = found.find((one) => one.picture === picture && one.name === rival);
      const ratio = other ? (time.median / other.time.median).toFixed(2) : '';
      const peak = peakBytes === undefined ? '' : megabytes(peakBytes);
      return [picture, name, ms(time.median), ms(time.best), ratio, peak, ...(job === 'label' ? [label ?? ''] : [])];
    });
    const header = ['picture', 'engine', 'CPU ms', 'best', `÷ ${rival}`, 'peak above idle'];
    return section(title, job === 'label' ? [...header, 'label'] : header, rows);
  })
    .filter(Boolean)
    .join('\n\n');
}

function start({ start = [] }: BenchResults): string {
  const rows = start.map((one) => {
    const first = start.find(({ runtime }) => runtime === one.runtime)!;
    const parts = [one.import, one.load, one.answer, one.total, one.cpu, one.secondPass, one.settledPass];
    const times = [...parts.map(({ median }) => ms(median)), (1e3 / one.settledPass.median).toFixed(0)];
    const ratio = (part: 'total' | 'cpu') => (first[part].median / one[part].median).toFixed(2);
    return [one.runtime, one.build, ...times, ...(one === first ? ['', ''] : [ratio('total'), ratio('cpu')])];
  });
  const times = [
    'import ms',
    'load ms',
    'answer ms',
    'all ms',
    'CPU ms',
    'second pass ms',
    'later pass ms',
    'passes a second',
  ];
  const header = ['runtime', 'build', ...times, 'dist ÷ it', 'CPU'];
  return section('From the import to the first digit of beit-digits, and its passes after that', header, rows);
}

const ms = (value: number) => value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;

function section(title: string, header: readonly string[], rows: readonly (readonly string[])[]): string {
  return rows.length ? `### ${title}\n\n${markdownTable(header, rows)}` : '';
}

function models({ models, origin: { clock } }: BenchResults): string {
  const header = [
    'engine',
    clock === 'processor time' ? 'CPU ms an image' : 'ms an image',
    'middle half',
    'best',
    'load ms',
    'first result ms',
    'peak resident',
    '',
  ];
  const rows = models?.map(({ name, pass, load, first, peakBytes, note }) => [
    name,
    ms(pass.median),
    `${ms(pass.low)}–${ms(pass.high)}`,
    ms(pass.best),
    ms(load.median),
    ms(first.median),
    megabytes(peakBytes),
    note,
  ]);
  return section(`BEiT-base 224, one image, median of ${models?.[0]?.pass.count} rounds`, header, rows ?? []);
}

/** What was reached of the targets, once all sections are measured. */
export function targets(results: BenchResults): string {
  return section('Targets', ['', 'reached', 'at least', 'aim'], targetRows(results));
}

function downloads({ downloads }: BenchResults): string {
  const rows = downloads?.map(({ name, gzip, files }) => [
    name,
    `${(gzip / 1e3).toFixed(1)} kB`,
    `${files.length}: ${files.filter((file) => !file.startsWith('chunk')).join(', ')}, …`,
  ]);
  return section('Engine download, gzip', ['engine', 'bytes', 'files'], rows ?? []);
}

function matrices({ matrices }: BenchResults): string {
  const rows = matrices?.map(({ name, pass }) => {
    return [name, ms(pass.median), ms(pass.best), (BLOCK_FLOP / pass.median / 1e6).toFixed(1)];
  });
  return section('The four products of a block, 197 rows', ['engine', 'ms', 'best', 'GFLOP/s'], rows ?? []);
}

function linear({ linear }: BenchResults): string {
  if (!linear) return '';
  const columns = [...new Set(linear.rates.map(({ model, size }) => `${model} ${size}`))];
  const kernels = [...new Set(linear.rates.map(({ kernel }) => kernel))];
  const rows = kernels.map((kernel) => [
    kernel,
    ...columns.map((column) => {
      const found = linear.rates.find((rate) => rate.kernel === kernel && `${rate.model} ${rate.size}` === column)!;
      return found.rate.toFixed(1) + (found.share ? ` (${(100 * found.share).toFixed(0)} %)` : '');
    }),
  ]);
  const title = `Linear layers of a block, GFLOP/s (share of the f32 limit, ${linear.limit.toFixed(1)})`;
  return section(title, ['kernel', ...columns], rows);
}

function kernels({ kernels }: BenchResults): string {
  const rows = kernels?.map(({ name, time, numbers }) => {
    return [
      name,
      time.median.toFixed(3),
      time.best.toFixed(3),
      numbers ? ((1e6 * time.best) / numbers).toFixed(2) : '',
    ];
  });
  return section('Kernels, one thread', ['', 'median ms', 'best ms', 'ns a number'], rows ?? []);
}

function scaling({ scaling }: BenchResults): string {
  const base = (dtype: string) => scaling!.find((p) => p.dtype === dtype)!;
  const rows = scaling?.map((point) => {
    const rate = (p: typeof point) => p.gigaMacs / p.time.best;
    const { model, dtype, size, batch, time, gigaMacs } = point;
    return [
      `${model} ${dtype}`,
      `${size}`,
      `${batch}`,
      ms(time.best),
      gigaMacs.toFixed(1),
      (2e3 * rate(point)).toFixed(1),
      (rate(point) / rate(base(dtype))).toFixed(2),
      point.firstPass === undefined ? '' : ms(point.firstPass),
    ];
  });
  const header = ['model', 'size', 'batch', 'best ms', 'GMAC', 'GFLOP/s', 'rate ÷ base 224', 'very first pass ms'];
  return section('Scaling, one thread', header, rows ?? []);
}

function accuracy({ accuracy }: BenchResults): string {
  const rows = accuracy?.map((a) => [
    a.model,
    a.engine,
    a.accuracy === undefined ? '' : `${(100 * a.accuracy).toFixed(2)} %`,
    a.agreement === undefined ? '' : `${(100 * a.agreement).toFixed(2)} %`,
    a.cosine.toFixed(6),
    a.largest.toExponential(2),
    a.rms.toExponential(3),
    a.relative === undefined ? '' : a.relative.toExponential(2),
    a.hidden ? a.hidden.cosine.toFixed(6) : '',
    a.hidden ? a.hidden.largest.toExponential(2) : '',
  ]);
  const header = [
    'model',
    'weights',
    'accuracy',
    'first class as f32',
    'mean cosine',
    'largest',
    'rms',
    'rms ÷ that of f32',
    'least cosine, hidden',
    'largest, hidden',
  ];
  return section('Distance of the logits from f32', header, rows ?? []);
}

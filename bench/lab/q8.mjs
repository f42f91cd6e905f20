// node bench/lab/q8.mjs [ROUNDS] [PATTERN]: every int8 tile candidate on every engine, GOP/s.
import { compileLab, printTable, runPlan } from './lab.mjs';
import { pairsCandidate, q8Candidate } from './q8_source.mjs';

const shapes = [
  [197, 96, 768],
  [197, 48, 3072],
];
const tiles = [
  [2, 8],
  [4, 8],
  [5, 8],
  [6, 8],
  [3, 12],
  [4, 12],
  [2, 16],
  [3, 16],
];
const FORMS = [
  {},
  { unroll: 2 },
  { unroll: 2, apart: true },
  { unroll: 4, apart: true },
  { wide: true },
  { unroll: 2, apart: true, wide: true },
  { unroll: 4, apart: true, wide: true },
];
const PAIRS = [false, true].flatMap((joined) => [3, 4, 5, 6].map((rows) => ({ rows, cols: 8, joined })));
const wanted = new RegExp(process.argv[3] ?? '.');

async function laboratory(relaxed, features) {
  const candidates = tiles
    .flatMap(([rows, cols]) => FORMS.map((form) => ({ rows, cols, relaxed, ...form })))
    .filter(({ wide }) => !(wide && relaxed))
    .map(q8Candidate)
    .concat(relaxed ? PAIRS.map(pairsCandidate) : [])
    .filter(({ name }) => wanted.test(name));
  if (candidates.length === 0) return;
  const file = await compileLab(relaxed ? 'q8.relaxed' : 'q8.strict', candidates, features);
  const plan = {
    candidates: candidates.map(({ name }) => ({ name, file })),
    shapes,
    rounds: Number(process.argv[2] ?? 40),
    warmup: 10,
    pages: 1024,
    x: 1 << 16,
    w: 1 << 23,
    out: 1 << 25,
  };
  printTable(runPlan(relaxed ? 'q8.relaxed' : 'q8.strict', plan), shapes);
}
await laboratory(false, ['simd']);
await laboratory(true, ['simd', 'relaxed-simd']);

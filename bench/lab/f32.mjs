// node bench/lab/f32.mjs [ROUNDS] [WORDS]: the f32 tile candidates whose names match, strict and fused, on every engine, GFLOP/s and
// share of the engine's limit.

import { f32Candidate } from './f32_source.mjs';
import { compileLab, printTable, runPlan } from './lab.mjs';
import { limitFeatures, limitKernels } from './limit_source.mjs';

// Slices of BEiT-base's layers at 224: n is cut so that one call takes half a millisecond and fits between interruptions.
const shapes = [
  [197, 96, 768],
  [197, 48, 3072],
];
const tiles = [
  [2, 8],
  [4, 8],
  [5, 8],
  [6, 8],
  [2, 12],
  [3, 12],
  [4, 12],
  [2, 16],
];
const forms = [
  {},
  { packed: true },
  { split: true },
  { unroll: 2 },
  { packed: true, unroll: 2 },
  { steps: 2 },
  { steps: 3 },
  { fused: true },
  { fused: true, steps: 2 },
  { fused: true, steps: 3 },
];
const wanted = new RegExp(process.argv[3] ?? '.');
const candidates = tiles
  .flatMap(([rows, cols]) => forms.map((form) => f32Candidate({ rows, cols, ...form })))
  .filter(({ name }) => wanted.test(name));

/** The candidates of one arithmetic and what the machine reaches in registers, in turns. */
async function measure(kind, features) {
  const chosen = candidates.filter(({ name }) => name.startsWith(kind));
  if (chosen.length === 0) return;
  const limits = limitKernels(kind);
  const file = await compileLab(kind, [...limits, ...chosen], features);
  const plan = {
    candidates: [
      ...limits.map(({ name, flops }) => ({ name, file, limit: flops })),
      ...chosen.map(({ name }) => ({ name, file })),
    ],
    shapes,
    rounds: Number(process.argv[2] ?? 40),
    warmup: 10,
    limitRounds: 10_000,
    pages: 1024,
    x: 1 << 16,
    w: 1 << 23,
    out: 1 << 25,
  };
  printTable(runPlan(kind, plan), shapes, `${kind}_limit_`);
}

await measure('f32', ['simd']);
await measure('fused', limitFeatures('fused'));

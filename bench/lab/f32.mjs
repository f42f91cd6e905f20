// node bench/lab/f32.mjs [ROUNDS]: every f32 tile candidate on every engine, GFLOP/s and share of the engine's limit.

import { f32Candidate } from './f32_source.mjs';
import { compileLab, printTable, runPlan } from './lab.mjs';
import { limitKernels } from './limit_source.mjs';

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
const forms = [{}, { packed: true }, { split: true }, { unroll: 2 }, { packed: true, unroll: 2 }];
const wanted = new RegExp(process.argv[3] ?? '.');
const candidates = tiles
  .flatMap(([rows, cols]) => forms.map((form) => f32Candidate({ rows, cols, ...form })))
  .filter(({ name }) => wanted.test(name));
const limits = limitKernels('f32');
const file = await compileLab('f32', [...limits, ...candidates], ['simd']);
const plan = {
  candidates: [
    ...limits.map(({ name, flops }) => ({ name, file, limit: flops })),
    ...candidates.map(({ name }) => ({ name, file })),
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
printTable(runPlan('f32', plan), shapes, 'f32_limit_');

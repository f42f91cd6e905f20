// node bench/lab/core.mjs [ROUNDS] [DTYPES] [SLICE]: the shipped linear layers on BEiT-base's shapes at 224, every engine.
// With SLICE only the first SLICE columns of each layer: calls so short that a busy machine does not interrupt them.
import { compileLab, printTable, runPlan } from './lab.mjs';
import { limitKernels } from './limit_source.mjs';

const slice = Number(process.argv[4] ?? Number.POSITIVE_INFINITY);
const shapes = [
  [197, 768, 768],
  [197, 2304, 768],
  [197, 3072, 768],
  [197, 768, 3072],
].map(([m, n, k]) => [m, Math.min(n, slice), k]);
const limits = limitKernels('f32');
const file = await compileLab('limit', limits, ['simd']);
const dtypes = (process.argv[3] ?? 'f32').split(',');
const core = (variant) =>
  dtypes.map((dtype) => ({ name: `${dtype} ${variant}`, file: `dist/core.${variant}.wasm`, dtype }));
const plan = {
  candidates: limits.map(({ name, flops }) => ({ name, file, limit: flops })),
  shapes,
  rounds: Number(process.argv[2] ?? 20),
  warmup: 5,
  limitRounds: 20_000,
  pages: 1,
};
const strict = runPlan('core.strict', { ...plan, candidates: [...plan.candidates, ...core('strict')] });
printTable(strict, shapes, 'f32_limit_');
const relaxed = runPlan('core.relaxed', { ...plan, candidates: [...plan.candidates, ...core('relaxed')] });
printTable(relaxed, shapes, 'f32_limit_');

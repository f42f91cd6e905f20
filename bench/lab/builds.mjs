// node bench/lab/builds.mjs ROUNDS DTYPES MxNxK,… CORE.wasm …: builds of the core side by side, layer for layer, in every
// engine that can load them. With STREAMED=96e6 the weights come from memory. The best of interleaved rounds counts.
import { basename } from 'node:path';
import { compileLab, printShapes, runPlan } from './lab.mjs';
import { limitKernels } from './limit_source.mjs';

const [rounds, dtypes, sizes, ...files] = process.argv.slice(2);
const shapes = sizes.split(',').map((size) => size.split('x').map(Number));
const limits = limitKernels('f32');
const file = await compileLab('limit', limits, ['simd']);
const cores = files.flatMap((core) =>
  dtypes.split(',').map((dtype) => ({ name: `${dtype} ${basename(core, '.wasm')}`, file: core, dtype })),
);
const plan = {
  candidates: [...limits.map(({ name, flops }) => ({ name, file, limit: flops })), ...cores],
  shapes,
  rounds: Number(rounds),
  warmup: Number(rounds),
  limitRounds: 20_000,
  pages: 1,
  streamed: Number(process.env.STREAMED ?? 1),
};
printShapes(runPlan('builds', plan), shapes, 'f32_limit_');

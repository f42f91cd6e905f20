// The largest error of each function of core-as/simd in ulp, against f64, over every STEP-th of all 2³² floats:
// node scripts/run.mjs test/slow/ulp.ts [STEP] [fused]; `fused` where the engine fuses, as in build/run/test/slow/ulp.mjs by Node 24

import { loadProbes, type ProbeBuild } from '../core-as/probe.ts';
import { errorTable } from '../core-as/simd/errorTable.ts';

const step = Number(process.argv[2] ?? 251);
const [probe] = await loadProbes([(process.argv[3] ?? 'release') as ProbeBuild]);
console.log('function    max ulp  at x');
for (const { lane, worst, at } of errorTable(probe, step))
  console.log(`${lane.padEnd(11)} ${worst.toFixed(3).padStart(7)}  ${at}`);

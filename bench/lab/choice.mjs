// node bench/lab/choice.mjs [STARTS] [ROUNDS]: whether the form that the core chooses at start is the fastest of its forms, or within
// 5 % of it. Each start is a process of its own that chooses by its probe, then measures every form in turns on a slice of a layer: on a
// busy machine the best of many short calls is what a form gives. Fails if one start chose worse.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { RUNTIMES } from './runtimes.mjs';

const FORMS = ['splat', 'pairs', 'lanes'];
const [starts, rounds] = [process.argv[2] ?? 20, process.argv[3] ?? 60].map(Number);
const PLAN = 'build/lab/choice.plan.json';
const core = (dtype, form) => ({
  name: form < 0 ? dtype : `${dtype} ${FORMS[form]}`,
  file: 'dist/core.relaxed.wasm',
  dtype,
  form,
});
const candidates = ['f32', 'q8', 'q4'].flatMap((dtype) => [-1, 0, 1, 2].map((form) => core(dtype, form)));
const plan = {
  // without a form a core chooses by itself
  candidates: candidates.map(({ form, ...candidate }) => (form < 0 ? candidate : { ...candidate, form })),
  shapes: [[66, 48, 768]],
  rounds,
  warmup: 30,
  pages: 1,
};
mkdirSync('build/lab', { recursive: true });
writeFileSync(PLAN, JSON.stringify(plan));

/** For each dtype the rate of the chosen form over that of the best. */
function start([command, ...args]) {
  const rates = JSON.parse(execFileSync(command, [...args, 'bench/lab/measure.mjs', PLAN], { encoding: 'utf8' }));
  return ['f32', 'q8', 'q4'].map((dtype) => {
    const all = FORMS.map((form) => rates[`${dtype} ${form}`][0]);
    return rates[dtype][0] / Math.max(...all);
  });
}

console.log('| engine | dtype | starts within 5 % of the best form | worst |\n|---|---|---|---|');
for (const [engine, command] of Object.entries(RUNTIMES)) {
  if (engine === 'Node 20') continue; // no relaxed SIMD, and the strict core has one form on x64
  const shares = Array.from({ length: starts }, () => start(command));
  for (const [i, dtype] of ['f32', 'q8', 'q4'].entries()) {
    const column = shares.map((row) => row[i]);
    const good = column.filter((share) => share >= 0.95).length;
    console.log(`| ${engine} | ${dtype} | ${good} of ${starts} | ${Math.min(...column).toFixed(3)} |`);
    if (good < starts) process.exitCode = 1;
  }
}

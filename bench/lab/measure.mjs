// ENGINE bench/lab/measure.mjs PLAN.json: best of interleaved rounds of every candidate on every shape, as JSON.
import { readFileSync } from 'node:fs';

const plan = JSON.parse(readFileSync((globalThis.Deno ? globalThis.Deno.args : process.argv.slice(2))[0], 'utf8'));
const fill = (floats) => {
  for (let i = 0; i < floats.length; i++) floats[i] = (Math.imul(i, 2654435761) >> 8) / (1 << 23);
};
const memory = new WebAssembly.Memory({ initial: plan.pages });
fill(new Float32Array(memory.buffer, 4096));

const load = (file, imports) => new WebAssembly.Instance(new WebAssembly.Module(readFileSync(file)), imports).exports;

/** A candidate of the laboratory: one exported function over the imported memory. */
function prepare({ file, name, limit }) {
  const run = load(file, { env: { memory } })[name];
  if (limit) return () => [() => run(plan.limitRounds, 0.999), limit * plan.limitRounds];
  return ([m, n, k]) => [() => run(m, n, k, plan.x, plan.w, plan.out), 2 * m * n * k];
}

/** A linear layer of the shipped core, packed for each shape. */
function prepareCore({ file, dtype }) {
  const core = load(file, {});
  const largest = 1 << 26;
  core.memory.grow(largest >>> 16);
  const base = (core.heapBase.value + 63) & ~63;
  return ([m, n, k]) => {
    const x = base;
    const out = x + 4 * m * k;
    const w = (out + 4 * m * n + 63) & ~63;
    const src = w + core[`linear_bytes_${dtype}`](n, k);
    const scratch = src;
    const pack = () => {
      fill(new Float32Array(core.memory.buffer, base, m * k));
      fill(new Float32Array(core.memory.buffer, src, n * k));
      core[`pack_${dtype}`](0, n, w, src, n, k);
    };
    const run = () => core[`linear_${dtype}`](0, m, out, n, x, k, w, n, k, 0, 0, 0, scratch);
    return [run, 2 * m * n * k, pack];
  };
}

const seconds = (call) => {
  const started = performance.now();
  call();
  return (performance.now() - started) / 1000;
};

const candidates = plan.candidates.map((c) => ({ name: c.name, on: c.dtype ? prepareCore(c) : prepare(c) }));
const rates = {};
for (const shape of plan.shapes) {
  const runs = candidates.map(({ on }) => on(shape));
  for (const [, , setUp] of runs) setUp?.();
  const best = runs.map(() => Number.POSITIVE_INFINITY);
  for (let round = -plan.warmup; round < plan.rounds; round++)
    runs.forEach(([run], i) => {
      const time = seconds(run);
      if (round >= 0) best[i] = Math.min(best[i], time);
    });
  candidates.forEach(({ name }, i) => {
    (rates[name] ??= []).push(runs[i][1] / best[i] / 1e9);
  });
}
console.log(JSON.stringify(rates));

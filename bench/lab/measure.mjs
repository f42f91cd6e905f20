// ENGINE bench/lab/measure.mjs PLAN.json: best of interleaved rounds of every candidate on every shape, as JSON.
import { readFileSync } from 'node:fs';

const DTYPES = ['f32', 'f16', 'bf16', 'q8', 'q4'];
const plan = JSON.parse(readFileSync((globalThis.Deno ? globalThis.Deno.args : process.argv.slice(2))[0], 'utf8'));
const fill = (floats) => {
  for (let i = 0; i < floats.length; i++) floats[i] = (Math.imul(i, 2654435761) >> 8) / (1 << 23);
};
const memory = new WebAssembly.Memory({ initial: plan.pages });
fill(new Float32Array(memory.buffer, 4096));

const load = (file, imports) => new WebAssembly.Instance(new WebAssembly.Module(readFileSync(file)), imports).exports;

/** A candidate of the laboratory: one exported function over the imported memory. A limit does `limitRounds`, or a shape's work. */
function prepare({ file, name, limit }) {
  const run = load(file, { env: { memory } })[name];
  const limitOf = ([m, n, k]) => {
    const rounds = plan.limitRounds ?? Math.ceil((2 * m * n * k) / limit);
    return [() => run(rounds, 0.999), limit * rounds];
  };
  if (limit) return limitOf;
  return ([m, n, k]) => [() => run(m, n, k, plan.x, plan.w, plan.out), 2 * m * n * k];
}

/**
 * A linear layer of the shipped core, packed for each shape. With `plan.streamed` bytes every call takes the next of so many
 * copies of its weights that no cache holds them, as in a forward.
 */
function prepareCore({ file, dtype: name, form }) {
  const dtype = DTYPES.indexOf(name);
  const core = load(file, {});
  // as src/wasm/lowering.ts does it, unless the plan asks for a form
  core.choose_form?.(Math.ceil(core.heapBase.value / 16) * 16);
  if (form !== undefined) core.form.value = form;
  const align = (at) => (at + 63) & ~63;
  const base = align(core.heapBase.value);
  return ([m, n, k]) => {
    const bytes = core.linear_bytes(n, k, dtype);
    const copies = Math.ceil((plan.streamed ?? 1) / bytes);
    const out = align(base + 4 * m * k);
    const src = align(out + 4 * m * n);
    const w = align(src + Math.max(4 * n * k, core.linear_scratch(k, dtype)));
    const pages = Math.ceil((w + copies * bytes - core.memory.buffer.byteLength) / 65536);
    if (pages > 0) core.memory.grow(pages);
    const pack = () => {
      fill(new Float32Array(core.memory.buffer, base, m * k));
      fill(new Float32Array(core.memory.buffer, src, n * k));
      for (let i = 0; i < copies; i++) core.pack(0, n, w + i * bytes, src, n, k, dtype);
    };
    const units = core.linear_units(m, dtype);
    let calls = 0;
    const run = () => {
      const at = w + (calls++ % copies) * bytes;
      core.linear(0, units, m, out, n, base, k, at, n, k, 0, 0, 0, dtype, src);
    };
    return [run, 2 * m * n * k, pack];
  };
}

/** Milliseconds; of the processor if the plan says so, for a busy machine. */
const now = () => {
  if (plan.clock !== 'cpu') return performance.now();
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
const seconds = (call) => {
  const started = now();
  call();
  return (now() - started) / 1000;
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

// node scripts/run.mjs bench/lab/gpu.ts [ROUNDS] [REPEATS]: linear layers on WebGPU in Deno: the tile of today in each form, and the
// tile before it. CPU time of the process, medians of ROUNDS rounds of REPEATS calls each, in turns. On a driver in software this is the
// work of the kernels; on a GPU it would be the work of the host alone, so there the time that passes is taken.
// Another driver, such as lavapipe, which has shader-f16: DENO_WEBGPU_BACKEND=vulkan VK_ICD_FILENAMES=…/lvp_icd.x86_64.json

import { spawnSync } from 'node:child_process';
import { cpuUsage } from 'node:process';
import { type Dtype, isQuantizedDtype, quantizedRowBytes } from '../../src/dtype.ts';
import { type GpuBackend, gpuBackend } from '../../src/webgpu/backend.ts';
import { adapterName, DeviceErrors, requestDevice } from '../../src/webgpu/device.ts';
import type { GpuTensor } from '../../src/webgpu/kinds.ts';
import { type Forms, Recorder } from '../../src/webgpu/recorder.ts';
import { randomFloats } from '../../test/reference/linear.ts';
import { installed } from '../../test/runtimes/tools.ts';
import { OLD_LINEAR, OLD_TILE } from './gpuOldTile.ts';

const [rounds = '7', repeats = '4'] = process.argv.slice(2);

/** Rows, outputs and inputs: layers of BEiT-base on one picture and on four, and one of a tiny model. */
const SHAPES = [
  [197, 768, 768],
  [197, 3072, 768],
  [197, 768, 3072],
  [788, 768, 768],
  [50, 64, 64],
] as const;
type Shape = (typeof SHAPES)[number];

interface Candidate {
  readonly name: string;
  readonly dtype: Dtype;
  readonly forms: Forms;
  readonly old?: boolean;
}

const CANDIDATES: readonly Candidate[] = [
  { name: 'old tile', dtype: 'f32', forms: {}, old: true },
  { name: 'f32', dtype: 'f32', forms: {} },
  { name: 'f16, products in f16', dtype: 'f16', forms: { half: true } },
  { name: 'q8', dtype: 'q8', forms: { packedDot: true } },
  { name: 'q8 without dot4I8Packed', dtype: 'q8', forms: { packedDot: false } },
  { name: 'q4', dtype: 'q4', forms: { packedDot: true } },
];

const SOFTWARE = /llvmpipe|lavapipe|swiftshader|software/i;

async function measure(): Promise<void> {
  const half = (await navigator.gpu.requestAdapter())?.features.has('shader-f16') ?? false;
  const device = await requestDevice(undefined, half);
  const errors = new DeviceErrors(device);
  const name = adapterName(device);
  const isSoftware = SOFTWARE.test(name);
  console.log(`${name}: ${isSoftware ? 'software, CPU time; its ratios are not those of a GPU' : 'time that passes'}`);
  const candidates = CANDIDATES.filter(({ forms }) => half || !forms.half);
  console.log(
    `\n| m × n × k | f32, ms | ${candidates.map((each) => (each.old ? 'f32 ÷ old tile' : each.name)).join(' | ')} |`,
  );
  console.log(`|---|${'---|'.repeat(candidates.length + 1)}`);
  for (const shape of SHAPES) {
    const calls = candidates.map((candidate) => callOf(device, errors, candidate, shape));
    const times = await medians(calls, isSoftware ? () => cpuUsage().user / 1000 : () => performance.now());
    const base = times[candidates.findIndex((each) => each.name === 'f32')];
    const ratios = times.map((ms, i) => (candidates[i].old ? base / ms : ms / base).toFixed(2));
    console.log(`| ${shape.join(' × ')} | ${base.toFixed(1)} | ${ratios.join(' | ')} |`);
  }
  errors.dispose();
}

/** A layer in memory of its own, and how to compute it. */
function callOf(device: GPUDevice, errors: DeviceErrors, { dtype, forms, old }: Candidate, [m, n, k]: Shape) {
  const backend = gpuBackend(device, errors, { recorder: new Recorder(device, forms) });
  const w = backend.reserveLinear(n, k, dtype);
  const [x, out] = [backend.alloc(m, k), backend.alloc(m, n)];
  backend.commit();
  fillWeights(backend, w, dtype);
  backend.putVectors(w, null, null);
  backend.write(x, randomFloats(m * k, 1));
  const numbers = [m, n, k, m, out.at, 0, n, x.at, 0, k, k];
  const run = old
    ? () => backend.recorder.run(OLD_LINEAR, numbers, Math.ceil(n / OLD_TILE), Math.ceil(m / OLD_TILE), w)
    : () => backend.linear(out, x, w);
  const end: GpuTensor = backend.rows(out, 0, 1);
  return async () => {
    for (let i = 0; i < Number(repeats); i++) run();
    await backend.read(end);
  };
}

function fillWeights(backend: GpuBackend, w: ReturnType<GpuBackend['reserveLinear']>, dtype: Dtype): void {
  const { n, k } = w;
  if (isQuantizedDtype(dtype)) {
    const bytes = Uint8Array.from(randomFloats(n * quantizedRowBytes(dtype, k), 2), (v) => Math.round(127 * v));
    backend.putQuantizedRows(w, 0, { bytes, scales: new Float32Array(n).fill(0.01) });
  } else backend.putRows(w, 0, randomFloats(n * k, 2));
}

/** Milliseconds of one call of each, which take turns; the first of each compiles. */
async function medians(calls: readonly (() => Promise<void>)[], now: () => number): Promise<number[]> {
  const times = calls.map((): number[] => []);
  for (let round = 0; round <= Number(rounds); round++) {
    for (const [i, call] of calls.entries()) {
      const started = now();
      await call();
      if (round > 0) times[i].push((now() - started) / Number(repeats));
    }
  }
  return times.map((each) => each.sort((a, b) => a - b)[each.length >> 1]);
}

if (globalThis.navigator?.gpu) await measure();
else {
  const deno = installed('deno-linux/deno');
  if (!deno) throw new Error('Deno is not installed: node scripts/install_tools.mjs runtimes');
  spawnSync(deno, ['run', '-A', '--quiet', '--no-config', process.argv[1], rounds, repeats], { stdio: 'inherit' });
}

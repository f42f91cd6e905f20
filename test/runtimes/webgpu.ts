import type { BeitForImageClassification } from '../../src/index.ts';
import { type GpuBackend, gpuBackend } from '../../src/webgpu/backend.ts';
import { DeviceErrors, requestDevice } from '../../src/webgpu/device.ts';
import { Recorder } from '../../src/webgpu/recorder.ts';
import { MAP_OPS } from '../ops/mapOps.ts';
import { agree, type Op } from '../ops/op.ts';
import { ROW_OPS } from '../ops/rowOps.ts';
import { computeOn, NETWORKS, sha256 } from './outputs.ts';
import { demand, findingsOf, type Report, refuses, type Surroundings } from './smoke.ts';
import { failsToLoad, losesDevice, survivesRefusal } from './webgpuErrors.ts';
import { multipliesIntegers } from './webgpuIntegers.ts';

const DIGITS = 'beit-digits';
/**
 * Relative above one. Of values of f32 that were summed in another order: of an op, and of a network. Of networks of q8 and q4, whose
 * attention is in f32 here and in integers on the core; both are that far from f32 themselves. And of products in f16.
 */
const TOLERANCE = { op: 1e-5, numbers: 5e-5, integers: 2e-2, half: { op: 4e-3, network: 2e-3 } };

/** What a GPU adds to the smoke suite: every op against plain loops, every network against the core. */
export async function webgpuSmoke(around: Surroundings): Promise<Report> {
  const adapter = await navigator.gpu?.requestAdapter();
  if (!adapter) return { findings: [], engines: [], digests: {} };
  const findings = await findingsOf({
    ops: computesOps,
    'few workgroups': computesInFewGroups,
    'large tiles': computesInLargeTiles,
    'compiled ahead': () => compilesAhead(around),
    'lost device': losesDevice,
    'refused memory': survivesRefusal,
    'failed load': () => failsToLoad(around),
    networks: () => agreesWithCore(around),
    classify: () => classifies(around),
    memory: () => plansMemory(around),
    save: () => saves(around),
    integers: multipliesIntegers,
    'f16 arithmetic': () => computesInHalf(around),
    quantized: () => keepsIntegers(around),
    refusals: () => refusesOptions(around),
    'abort and dispose': () => aborts(around),
  });
  return { findings, engines: ['webgpu'], digests: {} };
}

/** On one device, for opening one takes longer than most ops. */
async function computesOps(): Promise<string> {
  const device = await requestDevice();
  const errors = new DeviceErrors(device);
  const ops = Object.entries({ ...ROW_OPS, ...MAP_OPS });
  for (const [name, op] of ops) await agreesWithLoops(name, op, gpuBackend(device, errors));
  errors.dispose();
  return `${ops.length} ops`;
}

/** As if a device took two workgroups in each direction: what large inputs come to where it takes 65535. */
async function computesInFewGroups(): Promise<string> {
  const device = await requestDevice();
  const errors = new DeviceErrors(device);
  const recorder = new Recorder(device, { mostGroups: 2 });
  const kinds = /^(copy of 5|linear 70 .*f32|layer norm of|attention of 3|probabilities of 3|conv3x3 of many|maxPool)/;
  const ops = Object.entries({ ...ROW_OPS, ...MAP_OPS }).filter(([name]) => kinds.test(name));
  for (const [name, op] of ops) await agreesWithLoops(name, op, gpuBackend(device, errors, { recorder }));
  errors.dispose();
  return ops.map(([name]) => name).join('; ');
}

/** Products that are too small for them, too. */
async function computesInLargeTiles(): Promise<string> {
  const device = await requestDevice();
  const errors = new DeviceErrors(device);
  const recorder = new Recorder(device, { tileSize: 64 });
  const kinds = /^(linear (33|70|130|131) |conv3x3|conv1x1)/;
  const ops = Object.entries({ ...ROW_OPS, ...MAP_OPS }).filter(([name]) => kinds.test(name));
  for (const [name, op] of ops) await agreesWithLoops(name, op, gpuBackend(device, errors, { recorder }));
  errors.dispose();
  return `${ops.length} ops`;
}

/** Ops are tried with bf16 alone: every network compiles its kernels anew, for seconds in software. */
const DTYPES = ['f32', 'f16', 'q8', 'q4'] as const;

/** Counts the calls of a method of WebGPU while `work` runs. */
async function callsOf(type: { prototype: object }, method: string, work: () => Promise<unknown>): Promise<number> {
  const methods = type.prototype as Record<string, (...args: unknown[]) => unknown>;
  const original = methods[method];
  let calls = 0;
  methods[method] = function (this: unknown, ...args) {
    calls++;
    return original.apply(this, args);
  };
  try {
    await work();
  } finally {
    methods[method] = original;
  }
  return calls;
}

/** Kernels are compiled while the weights are loaded, and a pass reads its outputs and nothing else. */
async function compilesAhead({ beit, source }: Surroundings): Promise<string> {
  const options = { device: 'webgpu', worker: false, dtype: 'q8' } as const; // some of its layers are of f16
  const load = () => beit.BeitForImageClassification.fromPretrained(source(DIGITS), options);
  let model!: Awaited<ReturnType<typeof load>>;
  const ahead = await callsOf(GPUDevice, 'createComputePipelineAsync', async () => {
    model = await load();
  });
  const { height, width } = model.config.nativeSize;
  const pixelValues = new beit.Tensor('float32', new Float32Array(3 * height * width), [1, 3, height, width]);
  let late = 0;
  const reads = await callsOf(GPUBuffer, 'mapAsync', async () => {
    late = await callsOf(GPUDevice, 'createComputePipeline', () => model.forward({ pixelValues }));
  });
  model.dispose();
  demand(ahead > 0 && late === 0, `expected all kernels ahead, got ${ahead} ahead and ${late} in the pass`);
  demand(reads === 1, `expected one read, of the logits, got ${reads}`);
  return `${ahead} kernels while it loads, none in the first pass, which reads ${reads} buffer`;
}

function agreesWithLoops(name: string, op: Op, backend: GpuBackend, tolerance = TOLERANCE.op): Promise<void> {
  return agree(backend as never, op, tolerance).catch((error) => {
    throw new Error(`${name}: ${error.message}`);
  });
}

async function agreesWithCore({ beit, source }: Surroundings): Promise<string> {
  const worst = { numbers: 0, integers: 0 };
  let compared = 0;
  for (const name of Object.keys(NETWORKS)) {
    for (const dtype of name === DIGITS ? DTYPES : (['f32'] as const)) {
      compared++;
      const core = await computeOn(beit, source, name, { dtype });
      const gpu = await computeOn(beit, source, name, { dtype, device: 'webgpu' });
      demand(core.length === gpu.length, `${name} ${dtype}: ${gpu.length} values instead of ${core.length}`);
      const kind = dtype === 'q8' || dtype === 'q4' ? 'integers' : 'numbers';
      for (const [i, value] of core.entries()) {
        const off = Math.abs(gpu[i] - value) / Math.max(1, Math.abs(value));
        demand(off <= TOLERANCE[kind], `${name} ${dtype}: ${gpu[i]} instead of ${value} at ${i}`);
        worst[kind] = Math.max(worst[kind], off);
      }
    }
  }
  const { numbers, integers } = worst;
  return `${compared} networks within ${numbers.toExponential(1)} of the core, q8 and q4 within ${integers.toExponential(1)}`;
}

async function classifies({ beit, source, read }: Surroundings): Promise<string> {
  using classify = await beit.pipeline('image-classification', source(DIGITS), { device: 'webgpu' });
  const [best] = await classify(await read(`${DIGITS}/scans/0005-5.png`));
  demand(best.label === '5' && best.score > 0.8, `expected a 5, got ${JSON.stringify(best)}`);
  const { device, adapter } = beit.runtimeInfo(classify.model);
  demand(device === 'webgpu' && adapter !== '', `expected a GPU, got ${device} ${adapter}`);
  return `${best.label} with ${best.score.toFixed(4)} on ${adapter}`;
}

async function plansMemory({ beit, source }: Surroundings): Promise<string> {
  using model = await beit.BeitForImageClassification.fromPretrained(source(DIGITS), {
    device: 'webgpu',
    dtype: 'f16',
  });
  const options = { device: 'webgpu', dtype: 'f16' } as const;
  const { total } = await beit.memoryPlan(model.config, 'BeitForImageClassification', options);
  demand(total === model.memory, `planned ${total} bytes, took ${model.memory}`);
  return `${total} bytes`;
}

/** The weights come back from the GPU as they went there: byte for byte what a model on the core writes. */
async function saves({ beit, source }: Surroundings): Promise<string> {
  const written = async (device: 'wasm' | 'webgpu') => {
    const chunks: Uint8Array[] = [];
    using model = await beit.BeitForSemanticSegmentation.fromPretrained(source('models/seg'), { device, dtype: 'f16' });
    const write = (chunk: Uint8Array) => void chunks.push(chunk.slice());
    await model.savePretrained(() => ({ write, close: () => {} }));
    return new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer());
  };
  const [core, gpu] = [await written('wasm'), await written('webgpu')];
  demand(core.length === gpu.length && core.every((byte, i) => byte === gpu[i]), 'other bytes than those of the core');
  return `${gpu.length} bytes`;
}

/** A file of integers computes in them, and takes as much memory as on the core at most. */
async function keepsIntegers({ beit, source, read }: Surroundings): Promise<string> {
  using small = await beit.BeitForImageClassification.fromPretrained(source(DIGITS), { dtype: 'q8' });
  const files = await savedBy(small);
  using model = await beit.BeitForImageClassification.fromPretrained(files, { device: 'webgpu' });
  const processor = await beit.BeitImageProcessor.fromPretrained(source(DIGITS));
  const { logits } = await model.forward(await processor.preprocess(await read(`${DIGITS}/scans/0005-5.png`)));
  const best = logits.data.indexOf(Math.max(...logits.data));
  demand(best === 5, `expected a 5, got ${best}`);
  const [bytes, again] = [files, await savedBy(model)].map((saved) => saved['model.q8.safetensors']);
  demand(`${await sha256(await bytesOf(bytes))}` === `${await sha256(await bytesOf(again))}`, 'saved as other bytes');
  demand(model.memory <= 1.1 * small.memory, `${model.memory} bytes on the GPU, ${small.memory} on the core`);
  return `${bytes.size} bytes of q8, ${model.memory} bytes on the GPU, ${small.memory} on the core`;
}

async function savedBy(model: BeitForImageClassification): Promise<Record<string, Blob>> {
  const files: Record<string, Blob> = {};
  await model.savePretrained((name) => {
    const chunks: BlobPart[] = [];
    const close = () => void (files[name] = new Blob(chunks));
    return { write: (chunk) => void chunks.push(chunk.slice() as BlobPart), close };
  });
  return files;
}

async function bytesOf(blob: Blob): Promise<Uint8Array> {
  return new Uint8Array(await blob.arrayBuffer());
}

async function refusesOptions({ beit, source }: Surroundings): Promise<string> {
  const load = (options: object) => () =>
    beit.BeitForImageClassification.fromPretrained(source(DIGITS), { device: 'webgpu', ...options });
  await refuses(beit, 'InvalidArgument', load({ arithmetic: 'fused' }));
  await refuses(beit, 'InvalidArgument', load({ threads: 2 }));
  await refuses(beit, 'InvalidArgument', load({ device: 'gpu' }));
  return 'four kinds';
}

/** Where the GPU has it: products in f16, of ops against plain loops, of a network against the core. */
async function computesInHalf({ beit, source }: Surroundings): Promise<string> {
  const adapter = await navigator.gpu.requestAdapter();
  const half = { device: 'webgpu', arithmetic: 'f16' } as const;
  if (!adapter?.features.has('shader-f16')) {
    await refuses(beit, 'UnsupportedRuntime', () => beit.AutoModel.fromPretrained(source(DIGITS), half));
    return 'rejected: this GPU has no shader-f16';
  }
  const device = await requestDevice(undefined, true);
  const errors = new DeviceErrors(device);
  const ops = Object.entries({ ...ROW_OPS, ...MAP_OPS }).filter(([name]) => /^(linear (1|33|70) |conv)/.test(name));
  for (const [name, op] of ops) {
    const recorder = new Recorder(device, { half: true });
    await agreesWithLoops(name, op, gpuBackend(device, errors, { recorder }), TOLERANCE.half.op);
  }
  errors.dispose();
  const core = await computeOn(beit, source, DIGITS, {});
  const gpu = await computeOn(beit, source, DIGITS, half);
  const off = Math.max(...gpu.map((value, i) => Math.abs(value - core[i]) / Math.max(1, Math.abs(core[i]))));
  demand(off > 1e-5 && off <= TOLERANCE.half.network, `expected logits of f16, got ${off} away from f32`);
  return `${ops.length} ops, logits within ${off.toExponential(1)} of f32`;
}

async function aborts({ beit, source, read }: Surroundings): Promise<string> {
  const classify = await beit.pipeline('image-classification', source(DIGITS), { device: 'webgpu', maxBatch: 1 });
  const picture = await read(`${DIGITS}/scans/0005-5.png`);
  const many = Array.from({ length: 200 }, () => picture);
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 100);
  await refuses(beit, 'Aborted', () => classify(many, { signal: controller.signal }));
  const [best] = await classify(picture);
  demand(best.label === '5', `after an abort: expected 5, got ${best.label}`);
  const pending = refuses(beit, 'Disposed', () => classify(many));
  setTimeout(() => classify.dispose(), 100);
  await pending;
  return 'the model answers after an abort, and nothing hangs after its end';
}

import { mkdirSync, readFileSync } from 'node:fs';
import asc from 'assemblyscript/asc';
import { ACTIVATIONS, type Activation } from '../../src/activations.ts';

/** One of the core's inlined functions, as a map over an array. */
export type Lane = 'exp' | 'expm1' | 'erf' | 'tanh' | Activation;

/** `core-as/simd` compiled by itself, since the core exports none of it. */
export interface Probe {
  readonly name: string;
  map(lane: Lane, x: Float32Array): Float32Array;
}

const CAPACITY = 1 << 16;
const FLAGS = ['--runtime', 'stub', '--enable', 'simd', '--initialMemory', '16', '--use', 'abort='];
const RELEASE = ['-O3', '--converge', '--noAssert'];
const BUILDS = {
  debug: ['--debug'],
  release: RELEASE,
  /** With fused arithmetic, for an engine with relaxed SIMD that fuses here. */
  fused: [...RELEASE, '--enable', 'relaxed-simd', '--use', 'BEIT_FUSED=f32'],
};
export type ProbeBuild = keyof typeof BUILDS;

/** The debug and the release build; each compiles in about a second. */
export function loadProbes(builds: readonly ProbeBuild[] = ['debug', 'release']): Promise<Probe[]> {
  return Promise.all(builds.map(async (name) => ({ name, map: mapper(await compile(name)) })));
}

async function compile(name: ProbeBuild): Promise<WebAssembly.Exports> {
  const file = `build/probe.${name}.${process.pid}.wasm`;
  mkdirSync('build', { recursive: true });
  const { error, stderr } = await asc.main(['test/core-as/fixtures/probe.ts', ...FLAGS, ...BUILDS[name], '-o', file]);
  if (error) throw new Error(`Cannot compile the probe: ${error.message}\n${stderr.toString()}`);
  return new WebAssembly.Instance(new WebAssembly.Module(readFileSync(file))).exports;
}

function mapper(exports: WebAssembly.Exports): Probe['map'] {
  const memory = exports.memory as WebAssembly.Memory;
  const x = (Number((exports.heapBase as WebAssembly.Global).value) + 63) & ~63;
  const out = x + 4 * CAPACITY;
  return (lane, values) => {
    const result = new Float32Array(values.length);
    for (let i = 0; i < values.length; i += CAPACITY) {
      const chunk = values.subarray(i, i + CAPACITY);
      const n = (chunk.length + 3) & ~3;
      new Float32Array(memory.buffer, x, n).set(chunk);
      const kind = ACTIVATIONS.indexOf(lane as Activation);
      if (kind >= 0 && lane !== 'tanh') (exports.map_activate as CallableFunction)(kind, out, x, n);
      else (exports[`map_${lane}`] as CallableFunction)(out, x, n);
      result.set(new Float32Array(memory.buffer, out, chunk.length), i);
    }
    return result;
  };
}

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { instantiate } from '../src/wasm/core.ts';
import { chooseForm, type Lowering, loweringOf } from '../src/wasm/lowering.ts';
import { hasRelaxed, newestNode, v8Flags } from './engines.ts';
import { compileLab } from './lab/lab.mjs';
import { type LimitKind, limitFeatures, limitKernels } from './lab/limit_source.mjs';
import { instructionSets, processorName } from './processorName.ts';

/** What a processor is, and what the engine makes of it. */
export interface Processor extends Lowering {
  /** Of the microarchitecture where it is known, else of the model. */
  readonly name: string;
  /** Those of its instruction sets that matter here. */
  readonly instructionSets: readonly string[];
  /** Which micro-kernels the core takes: core-as/gemm/forms.ts. */
  readonly form: (typeof FORMS)[number];
  /** What one thread reaches in registers alone, 10⁹ operations a second. */
  readonly limits: Readonly<Partial<Record<LimitKind, number>>>;
}

const FORMS = ['splat', 'pairs', 'lanes'] as const;
const STRICT: readonly LimitKind[] = ['f32', 'dot16'];
const RELAXED: readonly LimitKind[] = ['fused', 'pairs', 'dot8'];

/** What this machine's processor is; a few seconds of measuring. */
export async function thisProcessor(): Promise<Processor> {
  const info = { model: cpus()[0].model.trim(), cpuinfo: cpuinfo() };
  const found = { name: processorName(info), instructionSets: instructionSets(info.cpuinfo) };
  const kinds = hasRelaxed ? [...STRICT, ...RELAXED] : STRICT;
  const limits: Partial<Record<LimitKind, number>> = {};
  for (const kind of kinds) limits[kind] = await limit(kind);
  const kernels = instantiate(
    new WebAssembly.Module(readFileSync(`dist/core.${hasRelaxed ? 'relaxed' : 'strict'}.wasm`)),
  );
  const lowering = loweringOf(kernels);
  chooseForm(kernels);
  return { ...found, ...lowering, form: FORMS[kernels.form.value as number], limits };
}

function cpuinfo(): string {
  try {
    return readFileSync('/proc/cpuinfo', 'utf8');
  } catch {
    return '';
  }
}

/** The best of many short rounds. */
async function limit(kind: LimitKind): Promise<number> {
  const kernels = limitKernels(kind);
  const file = await compileLab(`limit_${kind}`, kernels, limitFeatures(kind));
  const candidates = kernels.map(({ name, flops }) => ({ name, file, limit: flops }));
  mkdirSync('build/bench', { recursive: true });
  const plan = { candidates, shapes: [[197, 96, 768]], rounds: 60, warmup: 5, pages: 1 };
  writeFileSync('build/bench/limit.plan.json', JSON.stringify(plan));
  const output = execFileSync(newestNode, [...v8Flags, 'bench/lab/measure.mjs', 'build/bench/limit.plan.json'], {
    encoding: 'utf8',
  });
  return Math.max(...Object.values(JSON.parse(output) as Record<string, number[]>).flat());
}

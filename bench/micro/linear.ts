import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { DTYPES } from '../../src/dtype.ts';
import { hasRelaxed, newestNode } from '../engines.ts';
import { compileLab } from '../lab/lab.mjs';
import { limitKernels } from '../lab/limit_source.mjs';
import type { BenchOptions } from '../options.ts';

/** The rate of one kind of linear layer over one model and image size, all four layers of a block together. */
export interface LinearRate {
  readonly model: string;
  readonly size: number;
  readonly kernel: string;
  /** 10⁹ multiplications and additions a second. */
  readonly rate: number;
  /** Of what an f32 kernel that only computes in registers reaches; for f32 kernels alone. */
  readonly share?: number;
}

type Shape = readonly [m: number, n: number, k: number];

const MODELS = [
  { model: 'base', dim: 768 },
  { model: 'large', dim: 1024 },
];
const SIZES = [224, 384, 512];

/**
 * The shipped cores on BEiT's shapes; the best of interleaved rounds counts. A share is of the limit that does as much work in the
 * same rounds: what interrupts one call then interrupts the other.
 */
export async function benchLinear(options: BenchOptions): Promise<{ limit: number; rates: LinearRate[] }> {
  const cases = MODELS.flatMap(({ model, dim }) => SIZES.map((size) => ({ model, size, shapes: shapesOf(dim, size) })));
  const chosen = options.quick ? cases.filter(({ size }) => size === 224) : cases;
  const limits = limitKernels('f32');
  const file = await compileLab('limit', limits, ['simd']);
  const kernels = kernelsOf();
  const plan = {
    candidates: [...limits.map(({ name, flops }) => ({ name, file, limit: flops })), ...kernels],
    rounds: options.quick ? 5 : 8,
    warmup: 2,
    pages: 1,
    clock: options.cpu ? 'cpu' : 'time',
  };
  const measured = chosen.map(({ model, size, shapes }, i) => {
    const rates = measure({ ...plan, shapes });
    options.progress(`${model} ${size}`, i + 1, chosen.length);
    return { rates, reachable: shapes.map((_, j) => Math.max(...limits.map(({ name }) => rates[name][j]))) };
  });
  const limit = Math.max(...measured.flatMap(({ reachable }) => reachable));
  const rates = kernels.flatMap(({ name, dtype }) =>
    chosen.map(({ model, size, shapes }, i) => {
      const [rate, most] = [measured[i].rates[name], measured[i].reachable].map((rates) => together(shapes, rates));
      return { model, size, kernel: name, rate, ...(dtype === 'f32' && { share: rate / most }) };
    }),
  );
  return { limit, rates };
}

/** Query-key-value, projection and both layers of the MLP, for the tokens of a square image with patches of 16. */
function shapesOf(dim: number, size: number): Shape[] {
  const tokens = (size / 16) ** 2 + 1;
  return [
    [tokens, 3 * dim, dim],
    [tokens, dim, dim],
    [tokens, 4 * dim, dim],
    [tokens, dim, 4 * dim],
  ];
}

/** bf16 takes the time of f16. */
const SHOWN = DTYPES.filter((dtype) => dtype !== 'bf16');

function kernelsOf() {
  const core = (variant: string, dtypes: readonly string[]) =>
    dtypes.map((dtype) => ({ name: `${dtype} ${variant}`, file: `dist/core.${variant}.wasm`, dtype }));
  const relaxed = hasRelaxed ? core('relaxed', SHOWN) : [];
  const fused = hasRelaxed ? core('fused', ['f32']) : [];
  return [...core('strict', ['f32', 'q8']), ...relaxed, ...fused];
}

function measure(plan: object): Record<string, number[]> {
  mkdirSync('build/bench', { recursive: true });
  writeFileSync('build/bench/linear.plan.json', JSON.stringify(plan));
  const output = execFileSync(newestNode, ['bench/lab/measure.mjs', 'build/bench/linear.plan.json']);
  return JSON.parse(output.toString());
}

/** The rate over several products: all work by all time. */
function together(shapes: readonly Shape[], rates: readonly number[]): number {
  const work = shapes.map(([m, n, k]) => m * n * k);
  const time = work.reduce((sum, ops, i) => sum + ops / rates[i], 0);
  return work.reduce((a, b) => a + b) / time;
}

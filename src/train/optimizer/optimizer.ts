import { checkChoice } from '../../errors.ts';
import type { WasmTensor } from '../../wasm/kinds.ts';
import { OPTIMIZER_BLOCK } from '../engine/kernels.ts';
import type { TrainBackend } from '../engine/trainBackend.ts';
import type { TrainedTensor } from '../model/trained.ts';
import { dynamicCodes, QUANTIZED_BLOCK } from './dynamicCodes.ts';

/** How parameters follow their gradients. */
export interface OptimizerOptions {
  /** Default `adamw`; `adamw8bit` keeps its means as bytes, which is a quarter of the memory and not quite as exact. */
  readonly optimizer?: 'adamw' | 'adamw8bit' | 'sgd' | undefined;
  /** Of AdamW; default [0.9, 0.999]. */
  readonly betas?: readonly [number, number] | undefined;
  /** Of AdamW; default 1e-8. */
  readonly epsilon?: number | undefined;
  /** Of SGD; default 0.9. */
  readonly momentum?: number | undefined;
  /** Default 0.05. */
  readonly weightDecay?: number | undefined;
  /** Whether a parameter decays. Default: as in BEiT's recipes, all but one-dimensional ones, biases, tokens and positions. */
  readonly decays?: ((name: string, shape: readonly number[]) => boolean) | undefined;
  /** The rate of a layer is this times that of the layer above it; default 1. */
  readonly layerDecay?: number | undefined;
  /** The norm of all gradients together is brought down to this; default: no limit. */
  readonly maxGradientNorm?: number | undefined;
  /** Keeps a moving average of the parameters with this decay, as 0.9999; default: none. */
  readonly averageDecay?: number | undefined;
}

/** What the optimizer keeps of a parameter. */
interface Kept {
  readonly tensor: TrainedTensor;
  readonly first: WasmTensor; // [1, size] the mean of gradients, or the momentum
  readonly second: WasmTensor | null; // [1, size] the mean of their squares
  /** Where the means are bytes: [1, blocks], the scale of each block of 256. */
  readonly scales: { readonly first: WasmTensor; readonly second: WasmTensor } | null;
  readonly average: WasmTensor | null; // [1, size]
  readonly rate: number;
  readonly decay: number;
}

/** Smaller tensors keep means in f32, since they take little memory. */
const LEAST_QUANTIZED = 4096;

const NO_DECAY = /(\.bias|_token|_tokens|position_embeddings)$/;

/** As in BEiT's recipes. */
export function recipeDecays(name: string, shape: readonly number[]): boolean {
  return shape.length > 1 && !NO_DECAY.test(name);
}

/**
 * AdamW or SGD over the trained parameters of a session, with a rate and a decay of its own for each of them.
 * The order of operations is PyTorch's, so that steps agree.
 */
export class Optimizer {
  readonly #backend: TrainBackend;
  readonly #options: OptimizerOptions;
  readonly #kept: readonly Kept[];
  readonly #squares: WasmTensor;
  /** [1, 256] of the means of gradients and of their squares. */
  readonly #codes: { readonly signed: WasmTensor; readonly unsigned: WasmTensor } | null;
  /** β₁ᵗ and β₂ᵗ as products: powers may differ between engines. */
  #powers: [number, number] = [1, 1];
  #steps = 0;

  /** Reserves what it keeps; call before memory is grown. `depth`: blocks of the model. */
  constructor(backend: TrainBackend, tensors: readonly TrainedTensor[], depth: number, options: OptimizerOptions = {}) {
    checkChoice('optimizer', options.optimizer, ['adamw', 'adamw8bit', 'sgd']);
    this.#backend = backend;
    this.#options = options;
    const { optimizer = 'adamw', weightDecay = 0.05, decays = recipeDecays, layerDecay = 1, averageDecay } = options;
    this.#kept = tensors.map((tensor) => ({
      tensor,
      ...reserveMeans(backend, tensor, optimizer),
      average: averageDecay === undefined ? null : backend.alloc(1, tensor.size),
      rate: power(layerDecay, depth + 1 - layerOf(tensor.name, depth)),
      decay: decays(tensor.name, tensor.shape) ? weightDecay : 0,
    }));
    const blocks = tensors.reduce((most, { size }) => Math.max(most, Math.ceil(size / OPTIMIZER_BLOCK)), 1);
    this.#squares = backend.alloc(1, blocks);
    const quantized = this.#kept.some(({ scales }) => scales);
    this.#codes = quantized ? { signed: backend.alloc(1, 256), unsigned: backend.alloc(1, 256) } : null;
  }

  /** Steps taken. */
  get steps(): number {
    return this.#steps;
  }

  /** Call once when memory is grown and the weights are in it. */
  start(): void {
    if (this.#codes) {
      this.#backend.write(this.#codes.signed, dynamicCodes(true));
      this.#backend.write(this.#codes.unsigned, dynamicCodes(false));
    }
    for (const { first, second, scales, average, tensor } of this.#kept) {
      for (const run of [first, second, scales?.first, scales?.second]) if (run) this.#backend.clear(run);
      if (average) this.#backend.write(average, this.#backend.readNow(tensor.value));
    }
  }

  /** The norm of all gradients together; when it is above the limit they are scaled down to it. */
  clip(): number {
    const norm = this.gradientNorm();
    const { maxGradientNorm } = this.#options;
    if (maxGradientNorm === undefined) return norm;
    const factor = maxGradientNorm / (norm + 1e-6);
    if (factor >= 1) return norm;
    for (const { tensor } of this.#kept) {
      this.#backend.overBlocks('scale', tensor.size, [tensor.gradient.at, tensor.size, factor]);
    }
    return norm;
  }

  gradientNorm(): number {
    let sum = 0;
    for (const { tensor } of this.#kept) {
      const { size, gradient } = tensor;
      this.#backend.overBlocks('sum_of_squares', size, [this.#squares.at, gradient.at, size]);
      const blocks = Math.ceil(size / OPTIMIZER_BLOCK);
      for (const square of this.#backend.readNow({ ...this.#squares, cols: blocks })) sum += square;
    }
    return Math.sqrt(sum);
  }

  /** One step at a learning rate. */
  step(learningRate: number): void {
    const { optimizer = 'adamw', betas = [0.9, 0.999], averageDecay } = this.#options;
    this.#steps++;
    this.#powers = [this.#powers[0] * betas[0], this.#powers[1] * betas[1]];
    for (const kept of this.#kept) {
      if (optimizer !== 'sgd') this.#adamw(kept, learningRate * kept.rate, betas);
      else this.#sgd(kept, learningRate * kept.rate);
      const { average, tensor } = kept;
      if (!average || averageDecay === undefined) continue;
      this.#backend.overBlocks('blend', tensor.size, [average.at, tensor.value.at, tensor.size, 1 - averageDecay]);
    }
  }

  #adamw(
    { tensor, first, second, scales, decay }: Kept,
    rate: number,
    [beta1, beta2]: readonly [number, number],
  ): void {
    const { size, value, gradient } = tensor;
    const [step, correction] = [rate / (1 - this.#powers[0]), Math.sqrt(1 - this.#powers[1])];
    const { epsilon = 1e-8 } = this.#options;
    const numbers = [1 - rate * decay, 1 - beta1, beta2, 1 - beta2, step, correction, epsilon];
    const means = [value.at, gradient.at, first.at, second!.at];
    if (!scales) {
      this.#backend.overBlocks('adamw', size, [...means, size, ...numbers]);
      return;
    }
    const { signed, unsigned } = this.#codes!;
    const places = [...means, scales.first.at, scales.second.at, signed.at, unsigned.at];
    this.#backend.overBlocks('adamw_8bit', size, [...places, size, ...numbers]);
  }

  #sgd({ tensor, first, decay }: Kept, rate: number): void {
    const { size, value, gradient } = tensor;
    const { momentum = 0.9 } = this.#options;
    this.#backend.overBlocks('sgd', size, [value.at, gradient.at, first.at, size, momentum, decay, rate]);
  }

  /** Exchanges the parameters and their moving averages; a second call exchanges them back. Nothing without averages. */
  swapAverages(): void {
    for (const { tensor, average } of this.#kept) {
      if (!average) continue;
      const values = this.#backend.readNow(tensor.value);
      this.#backend.write(tensor.value, this.#backend.readNow(average));
      this.#backend.write(average, values);
    }
  }

  /** What a run needs to go on to the same bits: names end in `.first`, `.second` and the like. */
  state(): { readonly steps: number; readonly tensors: ReadonlyMap<string, Float32Array> } {
    const runs = this.#runs().map(([name, run]) => [name, this.#backend.readNow(run)] as const);
    return { steps: this.#steps, tensors: new Map(runs) };
  }

  /** Takes up the state of {@link Optimizer.state}. */
  restore(steps: number, tensors: ReadonlyMap<string, Float32Array>): void {
    const { betas = [0.9, 0.999] } = this.#options;
    for (const [name, run] of this.#runs()) this.#backend.write(run, tensors.get(name)!);
    this.#steps = steps;
    this.#powers = [power(betas[0], steps), power(betas[1], steps)];
  }

  /** Names of the runs that {@link Optimizer.state} holds, with their sizes. */
  sizes(): Map<string, number> {
    return new Map(this.#runs().map(([name, { cols }]) => [name, cols]));
  }

  #runs(): [string, WasmTensor][] {
    return this.#kept.flatMap(({ tensor, first, second, scales, average }) => {
      const named = { first, second, average, firstScales: scales?.first, secondScales: scales?.second };
      return Object.entries(named).flatMap(([kind, run]): [string, WasmTensor][] =>
        run ? [[`${tensor.name}.${kind}`, run]] : [],
      );
    });
  }
}

/** Bytes are kept in tensors of f32, four in each number. */
function reserveMeans(
  backend: TrainBackend,
  { size }: TrainedTensor,
  optimizer: OptimizerOptions['optimizer'],
): Pick<Kept, 'first' | 'second' | 'scales'> {
  const run = (length: number) => backend.alloc(1, length);
  if (optimizer === 'sgd') return { first: run(size), second: null, scales: null };
  if (optimizer === 'adamw' || size < LEAST_QUANTIZED) return { first: run(size), second: run(size), scales: null };
  const [bytes, blocks] = [Math.ceil(size / 4), Math.ceil(size / QUANTIZED_BLOCK)];
  return { first: run(bytes), second: run(bytes), scales: { first: run(blocks), second: run(blocks) } };
}

/** 0 for what is in front of the blocks, k + 1 for block k, depth + 1 for norms, heads and shared tables. */
function layerOf(name: string, depth: number): number {
  if (name.startsWith('embeddings.')) return 0;
  const block = /encoder\.layer\.(\d+)\./.exec(name);
  return block ? Number(block[1]) + 1 : depth + 1;
}

/** By multiplication, in the order in which `step` multiplies. */
function power(base: number, exponent: number): number {
  let product = 1;
  for (let i = 0; i < exponent; i++) product *= base;
  return product;
}

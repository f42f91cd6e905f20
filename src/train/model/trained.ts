import type { Kinds } from '../../backend.ts';
import type { BeitParams } from '../../model/beit/params/beitParams.ts';
import type { WasmKinds, WasmTensor } from '../../wasm/kinds.ts';
import type { TrainBackend } from '../engine/trainBackend.ts';
import { nativePositions, nativeTable } from './tableGradients.ts';
import type { LinearRows, TrainParameters } from './trainParameters.ts';

/** A parameter that the optimizer changes: a run of numbers in linear memory and the run of their gradients. */
export interface TrainedTensor {
  /** Canonical, as `TrainParameters` names it. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly size: number;
  readonly value: WasmTensor; // [1, size]
  readonly gradient: WasmTensor; // [1, size]
  /** Where a vector is kept in CPU memory besides; null for matrices. */
  readonly vector: Float32Array | null;
  /** Makes the tensor of a checkpoint of these numbers, where it has another order: convolutions. */
  readonly inOrder?: ((values: Float32Array) => Float32Array) | undefined;
}

/** Sums over images and blocks that gradients of tables and tokens are made of; they last over micro-batches. */
export interface SharedGradients<K extends Kinds> {
  readonly dTokens: K['tensor']; // [T, dim]
  readonly dMaskToken: K['tensor']; // [1, dim]
  /** For each block [heads, distances of the grid]; one tensor where only the shared table exists. */
  readonly dTables: readonly (K['tensor'] | null)[];
  readonly grid: { readonly height: number; readonly width: number };
}

const TABLE = /^encoder\.(?:layer\.(\d+)\.attention\.attention\.)?relative_position_bias\./;

/** Which parameters are trained, where their gradients are summed, and how these become gradients by name. */
export class TrainedParameters {
  readonly tensors: readonly TrainedTensor[];
  readonly #backend: TrainBackend;
  readonly #parameters: TrainParameters;
  readonly #body: BeitParams<WasmKinds>;
  readonly #shared: SharedGradients<WasmKinds>;
  /** [1, n] of the widest layer: gradients of an output scale. */
  readonly #dots: WasmTensor;

  /** Reserves gradients. `isTrained` is asked for every name. */
  constructor(
    backend: TrainBackend,
    parameters: TrainParameters,
    body: BeitParams<WasmKinds>,
    shared: SharedGradients<WasmKinds>,
    isTrained: (name: string) => boolean,
  ) {
    this.#backend = backend;
    this.#parameters = parameters;
    this.#body = body;
    this.#shared = shared;
    const slots = [...parameters.slots].filter(([name]) => isTrained(name));
    this.tensors = slots.map(([name, { shape }]) => this.#reserve(name, shape));
    const widest = [...parameters.matrices.values()].reduce((most, { layer }) => Math.max(most, layer.n), 1);
    this.#dots = backend.alloc(1, widest);
  }

  #reserve(name: string, shape: readonly number[]): TrainedTensor {
    const size = shape.reduce((a, b) => a * b, 1);
    const rows = this.#parameters.matrices.get(name);
    if (rows) {
      const gradient = flat(this.#rowsOf(rows, this.#backend.trainLinear(rows.layer).weight), size);
      const value = flat(this.#parameters.weightsOf(name), size);
      return { name, shape, size, value, gradient, vector: null, inOrder: rows.inOrder };
    }
    const owner = this.#layerOf(name);
    if (owner) this.#backend.trainLinear(owner.rows.layer);
    const norm = this.#parameters.norms.get(name.replace(/\.(weight|bias)$/, ''));
    if (norm) this.#backend.trainNorm(norm);
    const [value, gradient] = [this.#backend.alloc(1, size), this.#backend.alloc(1, size)];
    return { name, shape, size, value, gradient, vector: this.#parameters.vectors.get(name)! };
  }

  /** The gradients by name, each in the order of its tensor. */
  gradients(): Map<string, Float32Array> {
    return new Map(
      this.tensors.map(({ name, gradient, inOrder = (values) => values }) => {
        return [name, inOrder(this.#backend.readNow(gradient))];
      }),
    );
  }

  /** Call once the weights are loaded. */
  writeVectors(): void {
    for (const { vector, value } of this.tensors) if (vector) this.#backend.write(value, vector);
  }

  /** After the optimizer has changed the values: vectors go back to CPU memory and to where the layers read them. */
  placeVectors(): void {
    for (const { vector, value } of this.tensors) vector?.set(this.#backend.readNow(value));
    this.#parameters.finish();
  }

  /** Every gradient becomes 0. */
  clear(): void {
    for (const { gradient } of this.tensors) this.#backend.clear(gradient);
    const { layers, norms } = this.#owners();
    for (const layer of layers) {
      const { weight, shift } = this.#backend.trainLinear(layer);
      this.#backend.clear(weight);
      this.#backend.clear(shift);
    }
    for (const norm of norms) {
      const { gamma, beta } = this.#backend.trainNorm(norm);
      this.#backend.clear(gamma);
      this.#backend.clear(beta);
    }
    const { dTokens, dMaskToken, dTables } = this.#shared;
    for (const t of [dTokens, dMaskToken, ...dTables]) if (t) this.#backend.clear(t);
  }

  #owners() {
    const names = this.tensors.map(({ name }) => name);
    const rows = names.map((name) => this.#parameters.matrices.get(name) ?? this.#layerOf(name)?.rows);
    const norms = names.map((name) => this.#parameters.norms.get(name.replace(/\.(weight|bias)$/, '')));
    return { layers: defined(rows.map((found) => found?.layer)), norms: defined(norms) };
  }

  /** Turns what the backward passes have summed into the gradients of the parameters. Call once before a step. */
  finish(): void {
    for (const tensor of this.tensors)
      if (tensor.vector) this.#backend.write(tensor.gradient, this.#vectorGradient(tensor));
    this.#scaleWeights();
  }

  /** Gradients of weights were summed before the output scale λ: each row is due λ times that. */
  #scaleWeights(): void {
    for (const { name, gradient } of this.tensors) {
      const rows = this.#parameters.matrices.get(name);
      if (!rows || !this.#isScaled(name, rows)) continue;
      const { layer, rows: count } = rows;
      const weight = { at: gradient.at, rows: count, cols: layer.k, stride: layer.k };
      const factors = { at: layer.scale, rows: 1, cols: count, stride: count };
      this.#backend.scaleRows(weight, weight, factors, 1);
    }
  }

  #isScaled(name: string, { layer }: LinearRows): boolean {
    return this.#parameters.scaled.has(layer) || this.#lambdaOf(name.replace(/\.weight$/, '')) !== null;
  }

  #vectorGradient({ name, vector, size }: TrainedTensor): Float32Array {
    const table = TABLE.exec(name);
    if (table) return this.#tableGradient(table[1] === undefined ? null : Number(table[1]));
    const norm = this.#parameters.norms.get(name.replace(/\.(weight|bias)$/, ''));
    if (norm) return this.#backend.readNow(this.#backend.trainNorm(norm)[name.endsWith('.weight') ? 'gamma' : 'beta']);
    if (name.startsWith('embeddings.') && !name.includes('patch_embeddings')) return this.#tokenGradient(name, size);
    const owner = this.#layerOf(name)!;
    return owner.isScale
      ? this.#lambdaGradient(owner.layerName, owner.rows)
      : this.#biasGradient(name, owner.rows, vector!);
  }

  /** db = λ ⊙ Σ dy. */
  #biasGradient(name: string, rows: LinearRows, bias: Float32Array): Float32Array {
    const sums = this.#shiftOf(rows);
    const lambda = this.#lambdaOf(name.replace(/\.bias$/, ''));
    // the layer may have the same bias several times
    return Float32Array.from(bias, (_, i) => {
      let sum = 0;
      for (let row = i; row < sums.length; row += bias.length) sum += sums[row];
      return sum * (lambda ? lambda[i] : 1);
    });
  }

  /** dλ[n] = Σ_k D[n,k]·W[n,k] + b[n]·Σ dy[n], where D = dyᵀ·x: Σ dy ⊙ (W·x + b) without the layer's output. */
  #lambdaGradient(layerName: string, rows: LinearRows): Float32Array {
    const { layer } = rows;
    const dots = { ...this.#dots, cols: layer.n, stride: layer.n };
    this.#backend.dotRows(dots, this.#backend.trainLinear(layer).weight, this.#backend.weights(layer));
    const sums = this.#shiftOf(rows);
    const bias = this.#parameters.vectors.get(`${layerName}.bias`);
    return this.#backend.readNow(dots).map((dot, i) => dot + (bias ? bias[i] : 0) * sums[i]);
  }

  #shiftOf({ layer, firstRow, rows }: LinearRows): Float32Array {
    const { shift } = this.#backend.trainLinear(layer);
    return this.#backend.readNow(this.#backend.cols(shift, firstRow, firstRow + rows));
  }

  #tableGradient(block: number | null): Float32Array {
    const { dTables, grid } = this.#shared;
    const { config } = this.#body;
    const own = [...new Set(block === null ? dTables : [dTables[block]])].filter((t) => t !== null);
    const laid = own.map((t) => this.#backend.readNow(t));
    return nativeTable(laid, config.numAttentionHeads, config.nativeGrid, grid);
  }

  #tokenGradient(name: string, size: number): Float32Array {
    const { dTokens, dMaskToken, grid } = this.#shared;
    if (name === 'embeddings.mask_token') return this.#backend.readNow(dMaskToken);
    const rows = this.#backend.readNow(dTokens);
    const { config, positioned } = this.#body;
    const dim = config.hiddenSize;
    if (name === 'embeddings.position_embeddings') {
      const registers = config.prefixTokens - positioned;
      const { positionKernel: kernel } = config.family;
      return nativePositions(rows, { dim, positioned, registers, kernel }, config.nativeGrid, grid);
    }
    const order = ['embeddings.cls_token', 'embeddings.distillation_token', 'embeddings.register_tokens'];
    const before = order.slice(0, order.indexOf(name)).reduce((sum, other) => {
      return sum + (this.#parameters.vectors.get(other)?.length ?? 0);
    }, 0);
    return rows.slice(before, before + size);
  }

  /** The layer that a bias or an output scale belongs to. */
  #layerOf(name: string): { rows: LinearRows; layerName: string; isScale: boolean } | null {
    const scaled = this.#parameters.scales.get(name);
    const layerName = scaled ?? name.replace(/\.bias$/, '');
    const rows = this.#parameters.matrices.get(`${layerName}.weight`);
    return rows && (scaled || name.endsWith('.bias')) ? { rows, layerName, isScale: scaled !== undefined } : null;
  }

  #lambdaOf(layerName: string): Float32Array | null {
    const name = [...this.#parameters.scales].find(([, owner]) => owner === layerName)?.[0];
    return name ? this.#parameters.vectors.get(name)! : null;
  }

  #rowsOf({ firstRow, rows }: LinearRows, t: WasmTensor): WasmTensor {
    return this.#backend.rows(t, firstRow, firstRow + rows);
  }
}

function flat({ at }: WasmTensor, size: number): WasmTensor {
  return { at, rows: 1, cols: size, stride: size };
}

const defined = <T>(values: readonly (T | undefined)[]) => [...new Set(values)].filter((v): v is T => v !== undefined);

import type { AttentionShape, Backend, Epilogue, ImageShape, Kinds } from '../../src/backend.ts';
import { dynamicProduct } from './dynamicProduct.ts';
import {
  type Layer,
  type Norm,
  notRecorded,
  type RecordedKinds,
  RecordedStore,
  type Value,
  type View,
} from './recordedStore.ts';
import { transpose } from './transpose.ts';

const ROW = -1; // "however many rows there are"

/**
 * A backend that computes nothing and writes down what it is asked to compute, as an ONNX graph (opset 17) of the ops
 * that transformers' own export has. `int8` writes every linear layer as onnxruntime's dynamic quantizer does.
 */
export class RecordingBackend extends RecordedStore implements Partial<Backend<RecordedKinds>> {
  readonly #int8: boolean;
  /** Quantized activations by the name of the activations, so that query, key and value share them. */
  readonly #quantized = new Map<string, string[]>();

  constructor(options: { int8?: boolean } = {}) {
    super();
    this.#int8 = options.int8 ?? false;
  }

  /** This, for the model: an op that has no method here throws when it is called. */
  asBackend(): Backend<Kinds> {
    const get = (target: this, name: string) => {
      const value = Reflect.get(target, name, target);
      if (typeof value === 'function') return value.bind(target);
      if (value !== undefined) return value;
      return () => {
        throw notRecorded(`The op ${name}`);
      };
    };
    return new Proxy(this, { get: get as never }) as unknown as Backend<Kinds>;
  }

  copy(out: View, x: View): void {
    this.set(out, this.get(x));
  }

  add(out: View, x: View): void {
    this.set(out, this.graph.node('Add', [this.get(out), this.get(x)]));
  }

  patchify(out: View, pixels: View, { images, channels }: ImageShape, patchSize: number): void {
    if (images !== 1) throw notRecorded('A batch');
    this.set(out, { kind: 'patches', picture: this.get(pixels), size: patchSize, channels });
  }

  linear(out: View, x: View, w: Layer, epilogue: Epilogue = 'store'): void {
    this.set(out, this.#linear(out, x, w, epilogue));
  }

  #linear(out: View, x: View, w: Layer, epilogue: Epilogue): string | Value {
    const patches = this.whole(x);
    if (patches?.kind === 'patches') return this.#convolution(patches, w);
    const from = this.get(x);
    if (epilogue === 'store' && w.n === 3 * w.k) return { kind: 'qkv', x: from, w };
    const result = this.#affine(from, w, 0, w.n);
    return epilogue === 'add' ? this.graph.node('Add', [result, this.get(out)]) : this.#after(result, epilogue);
  }

  layerNorm(out: View, x: View, { gamma, beta, eps }: Norm): void {
    const inputs = [this.get(x), this.graph.floats([gamma.length], gamma), this.graph.floats([beta.length], beta)];
    this.set(out, this.graph.node('LayerNormalization', inputs, { axis: -1, epsilon: { float: eps } }));
  }

  attention(out: View, qkv: View, shape: AttentionShape<RecordedKinds>): void {
    const value = this.whole(qkv);
    if (value?.kind !== 'qkv' || shape.headMask) throw notRecorded('This attention');
    const dim = value.w.k;
    const parts = [0, 1, 2].map((part) => this.#affine(value.x, value.w, part * dim, dim));
    const [q, v] = [parts[0], parts[2]].map((x) => this.#heads(x, shape, [1, 0, 2])); // [heads, T, headDim]
    const k = this.#heads(parts[1], shape, [1, 2, 0]); // [heads, headDim, T]
    const root = this.graph.floats([], [Math.sqrt(dim / shape.heads)]);
    const scaled = this.graph.node('Div', [this.graph.node('MatMul', [q, k]), root]);
    const scores = shape.relativeBias ? this.graph.node('Add', [scaled, this.denseBias(shape)]) : scaled;
    const context = this.graph.node('MatMul', [this.graph.node('Softmax', [scores], { axis: -1 }), v]);
    const merged = this.graph.node('Transpose', [context], { perm: [1, 0, 2] });
    this.set(out, this.graph.node('Reshape', [merged, this.graph.ints([ROW, dim])]));
  }

  meanRows(out: View, x: View): void {
    this.set(out, this.graph.node('ReduceMean', [this.get(x)], { axes: [0], keepdims: 1 }));
  }

  /** [T, dim] → heads apart. */
  #heads(x: string, { heads }: AttentionShape<RecordedKinds>, perm: readonly number[]): string {
    const split = this.graph.node('Reshape', [x, this.graph.ints([0, heads, ROW])]);
    return this.graph.node('Transpose', [split], { perm });
  }

  #convolution({ picture, size, channels }: { picture: string; size: number; channels: number }, w: Layer): string {
    const kernel = this.graph.floats([w.n, channels, size, size], w.weight);
    const inputs = [picture, kernel, ...(w.shift ? [this.graph.floats([w.n], w.shift)] : [])];
    const map = this.graph.node('Conv', inputs, { kernel_shape: [size, size], strides: [size, size] }); // [1, n, h, w]
    const flat = this.graph.node('Reshape', [map, this.graph.ints([w.n, ROW])]);
    return this.graph.node('Transpose', [flat], { perm: [1, 0] });
  }

  /** λ ⊙ (x·Wᵀ + b) for outputs [first, first + n), in the order of transformers; the layer holds λ and λ·b. */
  #affine(x: string, w: Layer, first: number, n: number): string {
    const part = (v: Float32Array) => v.subarray(first, first + n);
    const weight = w.weight.subarray(first * w.k, (first + n) * w.k);
    const lambda = w.scale && part(w.scale);
    const shift = w.shift && part(w.shift);
    let value = this.#product(x, weight, n, w.k);
    if (shift?.some((b) => b !== 0)) {
      const bias = lambda ? shift.map((b, i) => b / lambda[i]) : shift;
      value = this.graph.node('Add', [value, this.graph.floats([n], bias)]);
    }
    return lambda ? this.graph.node('Mul', [value, this.graph.floats([n], lambda)]) : value;
  }

  #product(x: string, weight: Float32Array, n: number, k: number): string {
    const columns = transpose(weight, n, k);
    if (this.#int8) return dynamicProduct(this.graph, this.#quantized, x, columns, [k, n]);
    return this.graph.node('MatMul', [x, this.graph.constant('float32', [k, n], columns)]);
  }

  #after(x: string, epilogue: Epilogue): string {
    if (epilogue === 'store') return x;
    if (epilogue === 'gelu') return this.#gelu(x);
    if (epilogue === 'relu') return this.graph.node('Relu', [x]);
    throw notRecorded(`The activation ${epilogue}`);
  }

  /** ½·x·(1 + erf(x/√2)), op by op as torch exports it. */
  #gelu(x: string): string {
    const erf = this.graph.node('Erf', [this.graph.node('Div', [x, this.graph.floats([], [Math.SQRT2])])]);
    const sum = this.graph.node('Add', [erf, this.graph.floats([], [1])]);
    return this.graph.node('Mul', [this.graph.node('Mul', [x, sum]), this.graph.floats([], [0.5])]);
  }
}

/** An attribute of a node: an integer, integers, or a float. */
export type OnnxAttribute = number | readonly number[] | { readonly float: number };

export interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

export interface OnnxTensor {
  readonly type: 'float32' | 'int64' | 'uint8' | 'int8';
  readonly dims: readonly number[];
  readonly data: Float32Array | BigInt64Array | Uint8Array | Int8Array;
}

/** An ONNX graph as plain data: nodes in order of computation, constants by name. Names are made up one by one. */
export class Graph {
  readonly nodes: OnnxNode[] = [];
  readonly initializers = new Map<string, OnnxTensor>();
  #names = 0;

  /** Adds a node of one output and gives the output's name. */
  node(op: string, inputs: readonly string[], attributes: OnnxNode['attributes'] = {}): string {
    return this.multiNode(op, inputs, 1, attributes)[0];
  }

  /** Adds a node of several outputs. */
  multiNode(op: string, inputs: readonly string[], outputs: number, attributes: OnnxNode['attributes'] = {}): string[] {
    const names = Array.from({ length: outputs }, () => `v${this.#names++}`);
    this.nodes.push({ op, inputs, outputs: names, attributes });
    return names;
  }

  /** Gives a value a name that others know. */
  name(value: string, name: string): void {
    this.nodes.push({ op: 'Identity', inputs: [value], outputs: [name], attributes: {} });
  }

  constant(type: OnnxTensor['type'], dims: readonly number[], data: OnnxTensor['data']): string {
    const name = `c${this.#names++}`;
    this.initializers.set(name, { type, dims, data });
    return name;
  }

  floats(dims: readonly number[], data: Float32Array | readonly number[]): string {
    return this.constant('float32', dims, Float32Array.from(data));
  }

  ints(values: readonly number[]): string {
    return this.constant('int64', [values.length], BigInt64Array.from(values, BigInt));
  }
}

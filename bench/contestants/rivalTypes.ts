// As much of the rivals' interfaces as is called here, so that the bench compiles without them.

export interface OnnxRuntime {
  readonly env: { readonly wasm: { numThreads: number } };
  readonly InferenceSession: {
    create(model: Uint8Array, options?: object): Promise<OnnxSession>;
  };
  readonly Tensor: new (type: string, data: Float32Array, dims: readonly number[]) => object;
}

export interface OnnxSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(feeds: object): Promise<Record<string, { readonly data: Float32Array }>>;
}

export interface TensorFlow {
  setBackend(name: 'wasm'): Promise<boolean>;
  tensor2d(data: Float32Array, dims: readonly [number, number]): TfTensor;
  matMul(a: TfTensor, b: TfTensor, transposeA?: boolean, transposeB?: boolean): TfTensor;
}

interface TfTensor {
  dataSync(): Float32Array;
  dispose(): void;
}

export interface Sharp {
  (bytes: Uint8Array): SharpPipeline;
  concurrency(threads: number): void;
}

interface SharpPipeline {
  resize(width: number, height: number, options: object): SharpPipeline;
  removeAlpha(): SharpPipeline;
  raw(): SharpPipeline;
  toBuffer(): Promise<Uint8Array>;
}

export interface TransformersJs {
  readonly env: { allowRemoteModels: boolean };
  pipeline(task: 'image-classification', folder: string, options: object): Promise<TheirClassifier>;
}

type TheirClassifier = (picture: Blob, options: object) => Promise<readonly { readonly label: string }[]>;

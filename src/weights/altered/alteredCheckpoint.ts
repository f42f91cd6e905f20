import type { Checkpoint, FloatSink, Sink, TensorInfo } from '../checkpoint.ts';

/** What becomes of one tensor while it is read. */
export interface Alteration {
  /** The name under which it is seen. */
  readonly name: string;
  /** Changes elements, f32 as they were stored, in place; `offset` is the index of the first. */
  alter(chunk: Float32Array, offset: number): void;
  /** Elements at the beginning that are not seen; `offset` does not count them. Default none. */
  readonly skip?: number;
  /** Without what is skipped; default: as it is stored. */
  readonly shape?: readonly number[];
}

/** A tensor in memory that takes the place of one in the file, or is added to them. */
export interface AddedTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/**
 * A checkpoint in which some tensors are seen as f32 and changed on the way, under another name or the same, and others are
 * not seen at all; `added` are seen besides. `alterations` and `hidden` go by the names that `checkpoint` has.
 *
 * @example
 * const halves = { name: 'classifier.weight', alter: (chunk) => void chunk.set(chunk.map((x) => x / 2)) };
 * const altered = alteredCheckpoint(checkpoint, new Map([['classifier.weight', halves]]));
 */
export function alteredCheckpoint(
  checkpoint: Checkpoint,
  alterations: ReadonlyMap<string, Alteration>,
  hidden: ReadonlySet<string> = new Set(),
  added: ReadonlyMap<string, AddedTensor> = new Map(),
): Checkpoint {
  const tensors = new Map<string, TensorInfo>();
  for (const [name, info] of checkpoint.tensors) {
    const alteration = alterations.get(name);
    if (alteration) tensors.set(alteration.name, { dtype: 'F32', shape: alteration.shape ?? info.shape });
    else if (!hidden.has(name)) tensors.set(name, info);
  }
  for (const [name, { shape }] of added) tensors.set(name, { dtype: 'F32', shape });
  const seen = (want: (name: string, info: TensorInfo) => Sink | null) => (name: string, info: TensorInfo) => {
    const alteration = alterations.get(name);
    if (!alteration) return hidden.has(name) ? null : want(name, info);
    const sink = want(alteration.name, tensors.get(alteration.name)!);
    return sink && alteredSink(sink, alteration);
  };
  return {
    ...checkpoint,
    tensors,
    async visit(want, options) {
      await checkpoint.visit(seen(want), options);
      for (const [name, { data }] of added) {
        const sink = want(name, tensors.get(name)!);
        if (sink?.raw) sink.put(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), 0);
        else sink?.put(data, 0);
      }
    },
  };
}

/** Chunks may be views of the file, so what is changed is a copy. */
function alteredSink(sink: Sink, { alter, skip = 0 }: Alteration): FloatSink {
  return {
    grain: sink.grain,
    put(chunk, stored) {
      const own = chunk.slice(Math.max(skip - stored, 0));
      if (own.length === 0) return;
      const offset = Math.max(stored - skip, 0);
      alter(own, offset);
      if (sink.raw) sink.put(new Uint8Array(own.buffer), offset);
      else sink.put(own, offset);
    },
  };
}

/** Some tensors of a checkpoint in memory, as f32. */
export async function readTensors(
  checkpoint: Checkpoint,
  names: ReadonlySet<string>,
): Promise<Map<string, Float32Array>> {
  const values = new Map<string, Float32Array>();
  if (names.size === 0) return values;
  await checkpoint.visit((name, { shape }) => {
    if (!names.has(name)) return null;
    const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
    values.set(name, data);
    return { grain: 1, put: (chunk: Float32Array, offset: number) => data.set(chunk, offset) };
  });
  return values;
}

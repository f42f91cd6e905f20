import { check } from '../../errors.ts';
import { quoted } from '../../quoted.ts';
import type { ByteSource } from '../bytes/byteSource.ts';
import { DTYPE_BITS, type DtypeName } from '../dtype.ts';
import type { StoredTensor } from '../storedTensor.ts';
import { type FlaxArray, torchTensor } from './flaxArray.ts';
import { MsgpackCursor } from './msgpack.ts';

const NDARRAY = 1;
const CHUNKED = '__msgpack_chunked_array__';
const MAX_DEPTH = 32;
const MAX_AXES = 16;
const MAX_TENSORS = 1 << 16;
const DTYPES: Readonly<Record<string, DtypeName>> = {
  float64: 'F64',
  float32: 'F32',
  float16: 'F16',
  bfloat16: 'BF16',
  int64: 'I64',
  int32: 'I32',
  int16: 'I16',
  int8: 'I8',
  uint64: 'U64',
  uint32: 'U32',
  uint16: 'U16',
  uint8: 'U8',
  bool: 'BOOL',
};

/**
 * The tensors of a Flax checkpoint under the names and in the layout of PyTorch: nested dicts become dotted names,
 * `kernel` becomes `weight` transposed (`[in, out]` or `[height, width, in, out]`), `scale` becomes `weight`.
 *
 * @throws `InvalidCheckpoint` when it is not nested dicts of arrays that are within the file.
 * @example
 * const tensors = await readFlax(bytesSource('flax_model.msgpack', bytes));
 */
export async function readFlax(source: ByteSource): Promise<readonly StoredTensor[]> {
  const reader = new FlaxReader(source);
  await reader.dict([]);
  check(reader.cursor.at === source.size, 'InvalidCheckpoint', () => {
    return `Cannot read "${source.name}": ${source.size - reader.cursor.at} bytes follow its end`;
  });
  return reader.tensors;
}

class FlaxReader {
  readonly cursor: MsgpackCursor;
  readonly tensors: StoredTensor[] = [];

  constructor(source: ByteSource) {
    this.cursor = new MsgpackCursor(source);
  }

  /** A dict of dicts and arrays, or the dict that holds an array in parts. */
  async dict(path: readonly string[]): Promise<void> {
    if (path.length > MAX_DEPTH) this.cursor.fail(`nested deeper than ${MAX_DEPTH}`);
    const entries = await this.#size('map');
    const seen = new Set<string>();
    for (let i = 0; i < entries; i++) {
      const key = await this.#key(seen);
      if (i === 0 && key === CHUNKED) return this.#chunked(path, entries);
      await this.#value([...path, key]);
    }
  }

  async #value(path: readonly string[]): Promise<void> {
    const { cursor } = this;
    const begin = cursor.at;
    const head = await cursor.head();
    if (head.type === 'ext') return this.#add(path, await this.#ndarray(head));
    if (head.type !== 'map') cursor.fail(`expected a dict or an array, got a value of type ${head.type}`);
    cursor.at = begin;
    return this.dict(path);
  }

  /** `{ __msgpack_chunked_array__: true, shape: { 0: … }, chunks: { 0: array, … } }`, parts flat and in order. */
  async #chunked(path: readonly string[], entries: number): Promise<void> {
    const { cursor } = this;
    const flag = await cursor.head();
    if (entries !== 3 || flag.type !== 'bool' || !flag.value) cursor.fail('a broken array in parts');
    const seen = new Set<string>();
    if ((await this.#key(seen)) !== 'shape') cursor.fail('an array in parts without its shape');
    const shape = await this.#numbered(MAX_AXES, () => this.#integer());
    if ((await this.#key(seen)) !== 'chunks') cursor.fail('an array in parts without its parts');
    const parts = await this.#numbered(MAX_TENSORS, async () => this.#ndarray(await cursor.head()));
    const dtype = parts[0]?.dtype;
    const pieces = parts.flatMap((part) => part.pieces);
    const same = dtype && parts.every((part) => part.dtype === dtype);
    if (!same || pieces.reduce((sum, { begin, end }) => sum + end - begin, 0) !== this.#bytes(dtype, shape)) {
      cursor.fail(`parts that do not make an array of shape [${shape}]`);
    }
    this.#add(path, { dtype, shape, pieces });
  }

  /** `{ "0": …, "1": …, … }` as a list. */
  async #numbered<T>(limit: number, read: () => Promise<T>): Promise<T[]> {
    const count = await this.#size('map');
    if (count > limit) this.cursor.fail(`a list of ${count}`);
    const items: T[] = [];
    const seen = new Set<string>();
    for (let i = 0; i < count; i++) {
      if ((await this.#key(seen)) !== String(i)) this.cursor.fail('a list that is out of order');
      items.push(await read());
    }
    return items;
  }

  /** `[shape, dtype name, bytes]`, itself MessagePack, within an extension of type 1. */
  async #ndarray(ext: Awaited<ReturnType<MsgpackCursor['head']>>): Promise<FlaxArray> {
    const { cursor } = this;
    if (ext.type !== 'ext' || ext.ext !== NDARRAY) return cursor.fail('expected an array');
    const end = cursor.at + ext.size;
    if ((await this.#size('array')) !== 3) cursor.fail('an array that is not shape, type and bytes');
    const axes = await this.#size('array');
    if (axes > MAX_AXES) cursor.fail(`an array of ${axes} axes`);
    const shape: number[] = [];
    for (let axis = 0; axis < axes; axis++) shape.push(await this.#integer());
    const name = await cursor.text(await this.#size('str'));
    if (!Object.hasOwn(DTYPES, name)) cursor.fail(`an array of type ${quoted(name)}`);
    const size = await this.#size('bin');
    const piece = cursor.skip(size);
    const fits = size === this.#bytes(DTYPES[name], shape) && cursor.at === end;
    if (!fits) cursor.fail(`${size} bytes for an array of ${name} [${shape}]`);
    return { dtype: DTYPES[name], shape, pieces: [piece] };
  }

  #bytes(dtype: DtypeName, shape: readonly number[]): number {
    const bits = shape.reduce(
      (a, b) => (Number.isSafeInteger(a * b) ? a * b : Number.NaN),
      DTYPE_BITS[dtype] as number,
    );
    return bits / 8;
  }

  async #integer(): Promise<number> {
    const head = await this.cursor.head();
    return head.type === 'int' && head.value >= 0 ? head.value : this.cursor.fail('expected a size');
  }

  async #size(type: 'map' | 'array' | 'str' | 'bin'): Promise<number> {
    const head = await this.cursor.head();
    return head.type === type ? head.size : this.cursor.fail(`expected a value of type ${type}, got ${head.type}`);
  }

  async #key(seen: Set<string>): Promise<string> {
    const key = await this.cursor.text(await this.#size('str'));
    if (seen.has(key)) this.cursor.fail(`duplicate key ${quoted(key)}`);
    seen.add(key);
    return key;
  }

  #add(path: readonly string[], array: FlaxArray): void {
    if (path.length === 0 || this.tensors.length >= MAX_TENSORS)
      this.cursor.fail('an array without a name, or too many');
    this.tensors.push(torchTensor(path, array));
  }
}

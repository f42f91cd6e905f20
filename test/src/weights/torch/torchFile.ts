import { crc32 } from 'node:zlib';

/** Pickle opcodes by name, assembled by hand: the tests' own writer of torch files, honest or not. */
export type Code = Uint8Array;

const ascii = (text: string) => new TextEncoder().encode(text);
export const join = (...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array => {
  return new Uint8Array(Buffer.concat(parts.map((part) => Uint8Array.from(part))));
};
const u32 = (n: number) => [n & 255, (n >>> 8) & 255, (n >>> 16) & 255, n >>> 24];

export const op = {
  proto: Uint8Array.of(0x80, 2),
  stop: Uint8Array.of(0x2e),
  mark: Uint8Array.of(0x28),
  none: Uint8Array.of(0x4e),
  false: Uint8Array.of(0x89),
  dict: Uint8Array.of(0x7d),
  list: Uint8Array.of(0x5d),
  emptyTuple: Uint8Array.of(0x29),
  tuple: Uint8Array.of(0x74),
  tuple1: Uint8Array.of(0x85),
  tuple2: Uint8Array.of(0x86),
  append: Uint8Array.of(0x61),
  appends: Uint8Array.of(0x65),
  setItem: Uint8Array.of(0x73),
  setItems: Uint8Array.of(0x75),
  reduce: Uint8Array.of(0x52),
  newObject: Uint8Array.of(0x81),
  build: Uint8Array.of(0x62),
  persistent: Uint8Array.of(0x51),
  int: (n: number) => join([0x4a], u32(n)),
  long: (...bytes: number[]) => join([0x8a, bytes.length], bytes),
  float: (x: number) => {
    const bytes = new Uint8Array(9).fill(0x47, 0, 1);
    new DataView(bytes.buffer).setFloat64(1, x);
    return bytes;
  },
  text: (value: string) => join([0x58], u32(ascii(value).length), ascii(value)),
  global: (module: string, name: string) => join([0x63], ascii(`${module}\n${name}\n`)),
  put: (index: number) => join([0x72], u32(index)),
  get: (index: number) => join([0x6a], u32(index)),
};

export const program = (...codes: Code[]) => join(op.proto, ...codes, op.stop);
export const tuple = (...items: Code[]) => join(op.mark, ...items, op.tuple);
export const call = (module: string, name: string, ...args: Code[]) => {
  return join(op.global(module, name), tuple(...args), op.reduce);
};
export const ints = (...values: number[]) => tuple(...values.map(op.int));
const orderedDict = join(op.global('collections', 'OrderedDict'), op.emptyTuple, op.reduce);

export interface StorageFields {
  kind?: Code;
  type?: Code;
  key?: Code;
  numel?: Code;
  legacy?: Code;
}

/** `('storage', torch.FloatStorage, '0', 'cpu', 2)` and its legacy sixth element. */
export function storage({ kind, type, key, numel, legacy }: StorageFields = {}): Code {
  return join(
    tuple(
      kind ?? op.text('storage'),
      type ?? op.global('torch', 'FloatStorage'),
      key ?? op.text('0'),
      op.text('cpu'),
      numel ?? op.int(2),
      ...(legacy ? [legacy] : []),
    ),
    op.persistent,
  );
}

export interface TensorFields {
  storage?: Code;
  offset?: Code;
  size?: Code;
  stride?: Code;
}

export function tensor({ storage: from, offset, size, stride }: TensorFields = {}): Code {
  const args = [from ?? storage(), offset ?? op.int(0), size ?? ints(2), stride ?? ints(1), op.false, orderedDict];
  return call('torch._utils', '_rebuild_tensor_v2', ...args);
}

export const stateDict = (...pairs: [string, Code][]) => {
  return program(op.dict, op.mark, ...pairs.flatMap(([name, value]) => [op.text(name), value]), op.setItems);
};
export const PLAIN = stateDict(['a', tensor()]);

/** What an entry of a zip archive says of itself; fields left out are true. */
export interface Entry {
  name: string | Uint8Array;
  data: Uint8Array;
  method?: number;
  flags?: number;
  crc?: number;
  size?: number;
  stored?: number;
  offset?: number;
  localName?: string;
  localMethod?: number;
  localFlags?: number;
  localSignature?: number;
  extra?: Uint8Array;
  disk?: number;
}

export interface End {
  signature?: number;
  disk?: number;
  count?: number;
  countHere?: number;
  size?: number;
  offset?: number;
  comment?: Uint8Array;
  before?: Uint8Array;
}

function record(size: number, fields: readonly (readonly [at: number, bytes: 2 | 4, value: number])[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(size));
  for (const [at, bytes, value] of fields)
    bytes === 2 ? view.setUint16(at, value, true) : view.setUint32(at, value, true);
  return new Uint8Array(view.buffer);
}

/** A zip archive of stored entries, every field of which can lie. */
export function zip(entries: readonly Entry[], end: End = {}): Uint8Array {
  const parts: Uint8Array[] = [];
  const central: Uint8Array[] = [];
  let at = 0;
  for (const entry of entries) {
    const [local, directory] = entryRecords(entry, at);
    parts.push(local, entry.data);
    central.push(directory);
    at += local.length + entry.data.length;
  }
  const directory = join(...central);
  const before = end.before ?? new Uint8Array(0);
  const count = end.count ?? entries.length;
  const tail = record(22, [
    [0, 4, end.signature ?? 0x06054b50],
    [4, 2, end.disk ?? 0],
    [8, 2, end.countHere ?? count],
    [10, 2, count],
    [12, 4, end.size ?? directory.length],
    [16, 4, end.offset ?? at],
    [20, 2, end.comment?.length ?? 0],
  ]);
  return join(...parts, directory, before, tail, end.comment ?? []);
}

function entryRecords(entry: Entry, at: number): [Uint8Array, Uint8Array] {
  const name = typeof entry.name === 'string' ? ascii(entry.name) : entry.name;
  const localName = entry.localName === undefined ? name : ascii(entry.localName);
  const extra = entry.extra ?? new Uint8Array(0);
  const crc = entry.crc ?? crc32(entry.data);
  const local = record(30, [
    [0, 4, entry.localSignature ?? 0x04034b50],
    [6, 2, entry.localFlags ?? entry.flags ?? 0],
    [8, 2, entry.localMethod ?? entry.method ?? 0],
    [14, 4, crc],
    [18, 4, entry.data.length],
    [22, 4, entry.data.length],
    [26, 2, localName.length],
  ]);
  const central = record(46, [
    [0, 4, 0x02014b50],
    [8, 2, entry.flags ?? 0],
    [10, 2, entry.method ?? 0],
    [16, 4, crc],
    [20, 4, entry.stored ?? entry.data.length],
    [24, 4, entry.size ?? entry.data.length],
    [28, 2, name.length],
    [30, 2, extra.length],
    [34, 2, entry.disk ?? 0],
    [42, 4, entry.offset ?? at],
  ]);
  return [join(local, localName), join(central, name, extra)];
}

/** A zip checkpoint around `pickle` and one storage of two float32: 1 and 2. */
export const VALUES = Uint8Array.of(0, 0, 128, 63, 0, 0, 0, 64);
export function torchZip(pickle: Uint8Array, ...more: Entry[]): Uint8Array {
  return zip([{ name: 'archive/data.pkl', data: pickle }, { name: 'archive/data/0', data: VALUES }, ...more]);
}

const MAGIC = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
const system = (little: number) => program(op.dict, op.text('little_endian'), Uint8Array.of(little), op.setItem);
export const i64 = (n: bigint) => new Uint8Array(BigInt64Array.of(n).buffer);

export interface Legacy {
  protocol?: Code;
  little?: boolean;
  object?: Uint8Array;
  keys?: Uint8Array;
  data?: Uint8Array;
}

/** A legacy checkpoint: five pickles and the storages. */
export function torchLegacy({ protocol, little = true, object, keys, data }: Legacy = {}): Uint8Array {
  return join(
    program(op.long(...MAGIC)),
    program(protocol ?? op.int(1001)),
    system(little ? 0x88 : 0x89),
    object ?? stateDict(['a', tensor({ storage: storage({ legacy: op.none }) })]),
    keys ?? program(op.list, op.text('0'), op.append),
    data ?? join(i64(2n), VALUES),
  );
}

/** A zip checkpoint of f32 tensors under `state_dict`, beside the `meta` that openmmlab's runners write. */
export function openmmlabFile(
  tensors: ReadonlyMap<string, { shape: readonly number[]; data: Float32Array }>,
): Uint8Array {
  const items = [...tensors];
  const dict = (...pairs: Code[]) => join(op.dict, op.mark, ...pairs, op.setItems);
  const codes = items.map(([name, { shape, data }], i) => {
    const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
    const from = storage({ key: op.text(`${i}`), numel: op.int(data.length) });
    return join(op.text(name), tensor({ storage: from, size: ints(...shape), stride: ints(...strides) }));
  });
  const meta = dict(op.text('epoch'), op.int(100), op.text('mmpretrain_version'), op.text('1.2.0'));
  const pickle = program(dict(op.text('meta'), meta, op.text('state_dict'), dict(...codes)));
  const entries = items.map(([, { data }], i) => ({
    name: `archive/data/${i}`,
    data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  }));
  return zip([{ name: 'archive/data.pkl', data: pickle }, ...entries]);
}

import { BeitError } from '../errors.ts';
import { type PickleValue, Stub, Tuple } from './pickleValues.ts';

/** What a pickle may ask of its surroundings. Every answer is a value of {@link PickleValue}. */
export interface PickleWorld {
  global(module: string, name: string): PickleValue;
  call(callee: PickleValue, args: Tuple): PickleValue;
  persistent(id: PickleValue): PickleValue;
}

/** A training checkpoint of BEiT-large has about 60,000 operations, 3,000 containers and 300 kB. */
export const PICKLE_LIMITS = {
  bytes: 1 << 22,
  operations: 500_000,
  containers: 1 << 16,
  stack: 1 << 16,
  marks: 256,
  memo: 1 << 17,
  string: 1 << 16,
  line: 256,
} as const;

/**
 * Runs the pickle that begins at `begin`, with an allow-list of opcodes of protocol 2 and limits on everything that
 * can grow. There is no opcode here, and no value, through which anything could be imported or called.
 *
 * @returns the value and where the pickle ended.
 * @throws `UnsafePickle` for any other opcode, for broken stacks and lengths, and beyond {@link PICKLE_LIMITS}.
 */
export function readPickle(
  bytes: Uint8Array,
  begin: number,
  world: PickleWorld,
  file: string,
): { readonly value: PickleValue; readonly end: number } {
  const machine = new Machine(bytes, begin, world, file);
  return { value: machine.run(), end: machine.at };
}

const PROTO = 0x80;
const STOP = 0x2e;
const NEWLINE = 0x0a;

class Machine {
  at: number;
  private readonly stack: PickleValue[] = [];
  private readonly marks: number[] = [];
  private readonly memo = new Map<number, PickleValue>();
  private containers = 0;
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly world: PickleWorld;
  private readonly file: string;

  constructor(bytes: Uint8Array, begin: number, world: PickleWorld, file: string) {
    this.bytes = bytes.subarray(0, begin + PICKLE_LIMITS.bytes);
    this.view = new DataView(bytes.buffer, bytes.byteOffset, this.bytes.length);
    this.at = begin;
    this.world = world;
    this.file = file;
  }

  run(): PickleValue {
    if (this.u8() !== PROTO || this.u8() !== 2) this.fail('expected protocol 2');
    for (let n = 0; n < PICKLE_LIMITS.operations; n++) {
      const opcode = this.u8();
      if (opcode === STOP) return this.stop();
      const operation = OPERATIONS.get(opcode);
      if (!operation) this.fail(`opcode 0x${opcode.toString(16).padStart(2, '0')} is not allowed`);
      operation(this);
    }
    return this.fail(`more than ${PICKLE_LIMITS.operations} operations`);
  }

  push(value: PickleValue): void {
    if (this.stack.length >= PICKLE_LIMITS.stack) this.fail(`a stack deeper than ${PICKLE_LIMITS.stack}`);
    this.stack.push(value);
  }

  /** Dicts, lists and tuples are counted: they are what a short pickle could make many of. */
  pushNew(container: PickleValue): void {
    if (++this.containers > PICKLE_LIMITS.containers) this.fail(`more than ${PICKLE_LIMITS.containers} containers`);
    this.push(container);
  }

  pop(): PickleValue {
    if (this.stack.length <= (this.marks.at(-1) ?? 0)) this.fail('the stack ran empty');
    return this.stack.pop() as PickleValue;
  }

  mark(): void {
    if (this.marks.length >= PICKLE_LIMITS.marks) this.fail(`more than ${PICKLE_LIMITS.marks} marks`);
    this.marks.push(this.stack.length);
  }

  popMark(): PickleValue[] {
    const begin = this.marks.pop();
    return begin === undefined ? this.fail('no mark to go back to') : this.stack.splice(begin);
  }

  tuple(count: number): void {
    const items = Array.from({ length: count }, () => this.pop()).reverse();
    this.pushNew(new Tuple(items));
  }

  append(values: readonly PickleValue[]): void {
    const list = this.top();
    if (Array.isArray(list)) for (const value of values) list.push(value);
    else if (!(list instanceof Stub)) this.fail('what is appended to is no list');
  }

  setItems(values: readonly PickleValue[]): void {
    const dict = this.top();
    if (values.length % 2 !== 0) this.fail('a key without a value');
    if (!(dict instanceof Map || dict instanceof Stub)) this.fail('what items are set of is no dict');
    if (dict instanceof Map) for (let i = 0; i < values.length; i += 2) this.setItem(dict, values[i], values[i + 1]);
  }

  /** Keys are strings and integers; a key set twice would hide a tensor behind another. */
  private setItem(dict: Map<PickleValue, PickleValue>, key: PickleValue, value: PickleValue): void {
    if (typeof key !== 'string' && typeof key !== 'number') this.fail('a dict key that is neither string nor integer');
    if (dict.has(key)) this.fail(`the key ${JSON.stringify(key)} is set twice`);
    dict.set(key, value);
  }

  /** Attributes of a dict (`_metadata`) and of a stub are dropped; nothing else has any. */
  build(): void {
    this.pop();
    const target = this.top();
    if (!(target instanceof Map || target instanceof Stub)) this.fail('an object that takes no state');
  }

  call(): void {
    const args = this.pop();
    const callee = this.pop();
    if (!(args instanceof Tuple)) this.fail('arguments that are no tuple');
    this.pushNew(this.world.call(callee, args));
  }

  newObject(): void {
    const args = this.pop();
    const made = this.pop();
    if (!(made instanceof Stub && args instanceof Tuple)) this.fail('an object of a class that is not allowed');
    this.pushNew(new Stub());
  }

  global(): void {
    const module = this.line();
    this.push(this.world.global(module, this.line()));
  }

  persistent(): void {
    this.push(this.world.persistent(this.pop()));
  }

  put(index: number): void {
    this.memo.set(index, this.top());
    if (this.memo.size > PICKLE_LIMITS.memo) this.fail(`more than ${PICKLE_LIMITS.memo} memo entries`);
  }

  get(index: number): void {
    const value = this.memo.get(index);
    this.push(value === undefined ? this.fail(`memo entry ${index} was never put`) : value);
  }

  u8(): number {
    return this.view.getUint8(this.skip(1));
  }

  u16(): number {
    return this.view.getUint16(this.skip(2), true);
  }

  u32(): number {
    return this.view.getUint32(this.skip(4), true);
  }

  i32(): number {
    return this.view.getInt32(this.skip(4), true);
  }

  f64(): number {
    return this.view.getFloat64(this.skip(8), false);
  }

  /** Two's complement, little-endian; the longest that occurs is the 10 bytes of torch's magic number. */
  long(length: number): number | bigint {
    if (length > 16) this.fail(`an integer of ${length} bytes`);
    const begin = this.skip(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.bytes[begin + i]);
    value = BigInt.asIntN(8 * length, value);
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }

  text(length: number): string {
    if (length > PICKLE_LIMITS.string) this.fail(`a string of ${length} bytes`);
    const begin = this.skip(length);
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.bytes.subarray(begin, this.at));
    } catch {
      return this.fail('a string that is not UTF-8');
    }
  }

  private line(): string {
    const end = this.bytes.subarray(this.at, this.at + PICKLE_LIMITS.line).indexOf(NEWLINE);
    if (end < 0) this.fail('a name without an end');
    const line = this.text(end);
    this.at++;
    return line;
  }

  private top(): PickleValue {
    if (this.stack.length <= (this.marks.at(-1) ?? 0)) this.fail('the stack ran empty');
    return this.stack[this.stack.length - 1];
  }

  private skip(length: number): number {
    const begin = this.at;
    if (begin + length > this.bytes.length)
      this.fail(`it ends within an operation, or is over ${PICKLE_LIMITS.bytes} bytes`);
    this.at += length;
    return begin;
  }

  private stop(): PickleValue {
    const value = this.pop();
    if (this.stack.length > 0 || this.marks.length > 0) this.fail('it stops with values left over');
    return value;
  }

  private fail(reason: string): never {
    throw new BeitError('UnsafePickle', `Cannot read "${this.file}": refused its pickle at byte ${this.at}: ${reason}`);
  }
}

/** Opcodes by their names in pickletools; what is not here is refused. */
const OPERATIONS: ReadonlyMap<number, (m: Machine) => void> = new Map([
  [0x28, (m) => m.mark()], // MARK
  [0x71, (m) => m.put(m.u8())], // BINPUT
  [0x72, (m) => m.put(m.u32())], // LONG_BINPUT
  [0x68, (m) => m.get(m.u8())], // BINGET
  [0x6a, (m) => m.get(m.u32())], // LONG_BINGET
  [0x4e, (m) => m.push(null)], // NONE
  [0x88, (m) => m.push(true)], // NEWTRUE
  [0x89, (m) => m.push(false)], // NEWFALSE
  [0x4b, (m) => m.push(m.u8())], // BININT1
  [0x4d, (m) => m.push(m.u16())], // BININT2
  [0x4a, (m) => m.push(m.i32())], // BININT
  [0x8a, (m) => m.push(m.long(m.u8()))], // LONG1
  [0x47, (m) => m.push(m.f64())], // BINFLOAT
  [0x58, (m) => m.push(m.text(m.u32()))], // BINUNICODE
  [0x8c, (m) => m.push(m.text(m.u8()))], // SHORT_BINUNICODE
  [0x7d, (m) => m.pushNew(new Map())], // EMPTY_DICT
  [0x5d, (m) => m.pushNew([])], // EMPTY_LIST
  [0x29, (m) => m.tuple(0)], // EMPTY_TUPLE
  [0x85, (m) => m.tuple(1)], // TUPLE1
  [0x86, (m) => m.tuple(2)], // TUPLE2
  [0x87, (m) => m.tuple(3)], // TUPLE3
  [0x74, (m) => m.pushNew(new Tuple(m.popMark()))], // TUPLE
  [0x61, (m) => m.append([m.pop()])], // APPEND
  [0x65, (m) => m.append(m.popMark())], // APPENDS
  [0x73, (m) => m.setItems([m.pop(), m.pop()].reverse())], // SETITEM
  [0x75, (m) => m.setItems(m.popMark())], // SETITEMS
  [0x63, (m) => m.global()], // GLOBAL
  [0x51, (m) => m.persistent()], // BINPERSID
  [0x52, (m) => m.call()], // REDUCE
  [0x81, (m) => m.newObject()], // NEWOBJ
  [0x62, (m) => m.build()], // BUILD
]);

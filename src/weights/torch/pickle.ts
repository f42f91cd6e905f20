import { PickleBytes } from './pickleBytes.ts';
import { PICKLE_LIMITS } from './pickleLimits.ts';
import { type PickleValue, Tuple } from './pickleValues.ts';
import { Unpickler, type UnpicklerHooks } from './unpickler.ts';

/**
 * Runs the pickle that begins at `begin`, with an allow-list of opcodes of protocol 2 and limits on everything that
 * can grow. There is no opcode here, and no value, through which anything could be imported or called.
 *
 * @returns the value and where the pickle ended.
 * @throws `UnsafePickle` for any other opcode, for broken stacks and lengths, and beyond {@link PICKLE_LIMITS}.
 */
export function readPickle(
  all: Uint8Array,
  begin: number,
  hooks: UnpicklerHooks,
  file: string,
): { readonly value: PickleValue; readonly end: number } {
  const bytes = new PickleBytes(all, begin, file);
  return { value: run(new Unpickler(hooks, bytes), bytes), end: bytes.at };
}

type Operation = (unpickler: Unpickler, bytes: PickleBytes) => void;

const PROTO = 0x80;
const STOP = 0x2e;

function run(unpickler: Unpickler, bytes: PickleBytes): PickleValue {
  if (bytes.u8() !== PROTO || bytes.u8() !== 2) bytes.fail('expected protocol 2');
  for (let n = 0; n < PICKLE_LIMITS.operations; n++) {
    const opcode = bytes.u8();
    if (opcode === STOP) return unpickler.stop();
    const operation = OPERATIONS.get(opcode);
    if (!operation) return bytes.fail(`opcode 0x${opcode.toString(16).padStart(2, '0')} is not allowed`);
    operation(unpickler, bytes);
  }
  return bytes.fail(`more than ${PICKLE_LIMITS.operations} operations`);
}

/** Opcodes by their names in pickletools; what is not here is rejected. */
const OPERATIONS: ReadonlyMap<number, Operation> = new Map([
  [0x28, (m) => m.mark()], // MARK
  [0x71, (m, bytes) => m.put(bytes.u8())], // BINPUT
  [0x72, (m, bytes) => m.put(bytes.u32())], // LONG_BINPUT
  [0x68, (m, bytes) => m.get(bytes.u8())], // BINGET
  [0x6a, (m, bytes) => m.get(bytes.u32())], // LONG_BINGET
  [0x4e, (m) => m.push(null)], // NONE
  [0x88, (m) => m.push(true)], // NEWTRUE
  [0x89, (m) => m.push(false)], // NEWFALSE
  [0x4b, (m, bytes) => m.push(bytes.u8())], // BININT1
  [0x4d, (m, bytes) => m.push(bytes.u16())], // BININT2
  [0x4a, (m, bytes) => m.push(bytes.i32())], // BININT
  [0x8a, (m, bytes) => m.push(bytes.long(bytes.u8()))], // LONG1
  [0x47, (m, bytes) => m.push(bytes.f64())], // BINFLOAT
  [0x58, (m, bytes) => m.push(bytes.text(bytes.u32()))], // BINUNICODE
  [0x8c, (m, bytes) => m.push(bytes.text(bytes.u8()))], // SHORT_BINUNICODE
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
  [0x63, (m, bytes) => m.global(bytes.line(), bytes.line())], // GLOBAL
  [0x51, (m) => m.persistent()], // BINPERSID
  [0x52, (m) => m.call()], // REDUCE
  [0x81, (m) => m.newObject()], // NEWOBJ
  [0x62, (m) => m.build()], // BUILD
]);

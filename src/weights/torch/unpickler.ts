import { quoted } from '../../quoted.ts';
import type { PickleBytes } from './pickleBytes.ts';
import { PICKLE_LIMITS } from './pickleLimits.ts';
import { ModuleClass, ModuleRecord, type PickleValue, Stub, Tuple } from './pickleValues.ts';

/** What a subclass of Python.s `pickle.Unpickler` overrides (`find_class`, `persistent_load`), and how calls are answered. Every answer is a {@link PickleValue}. */
export interface UnpicklerHooks {
  /** `whole`: everything in the pickle is one object of this class. */
  findClass(module: string, name: string, whole?: boolean): PickleValue;
  call(callee: PickleValue, args: Tuple): PickleValue;
  persistentLoad(id: PickleValue): PickleValue;
}

/** The stack, the marks and the memo that a pickle works on. @throws `UnsafePickle` when it misuses or outgrows them. */
export class Unpickler {
  readonly #stack: PickleValue[] = [];
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, PickleValue>();
  #containers = 0;
  readonly #hooks: UnpicklerHooks;
  readonly #bytes: PickleBytes;

  /** `bytes` say where they are when something fails. */
  constructor(hooks: UnpicklerHooks, bytes: PickleBytes) {
    this.#hooks = hooks;
    this.#bytes = bytes;
  }

  push(value: PickleValue): void {
    if (this.#stack.length >= PICKLE_LIMITS.stack) this.#fail(`a stack deeper than ${PICKLE_LIMITS.stack}`);
    this.#stack.push(value);
  }

  /** Dicts, lists and tuples are counted: they are what a short pickle could make many of. */
  pushNew(container: PickleValue): void {
    if (++this.#containers > PICKLE_LIMITS.containers) this.#fail(`more than ${PICKLE_LIMITS.containers} containers`);
    this.push(container);
  }

  pop(): PickleValue {
    const value = this.#top();
    this.#stack.pop();
    return value;
  }

  mark(): void {
    if (this.#marks.length >= PICKLE_LIMITS.marks) this.#fail(`more than ${PICKLE_LIMITS.marks} marks`);
    this.#marks.push(this.#stack.length);
  }

  popMark(): PickleValue[] {
    const begin = this.#marks.pop();
    return begin === undefined ? this.#fail('no mark to go back to') : this.#stack.splice(begin);
  }

  tuple(count: number): void {
    const items = Array.from({ length: count }, () => this.pop()).reverse();
    this.pushNew(new Tuple(items));
  }

  append(values: readonly PickleValue[]): void {
    const list = this.#top();
    if (Array.isArray(list)) for (const value of values) list.push(value);
    else if (!(list instanceof Stub)) this.#fail('APPEND to a value that is not a list');
  }

  setItems(values: readonly PickleValue[]): void {
    const dict = this.#top();
    if (values.length % 2 !== 0) this.#fail('a key without a value');
    if (!(dict instanceof Map || dict instanceof Stub)) this.#fail('SETITEM on a value that is not a dict');
    if (dict instanceof Map) for (let i = 0; i < values.length; i += 2) this.#setItem(dict, values[i], values[i + 1]);
  }

  /** A key set twice would hide a tensor behind another; of keys that name no tensor, such as tuples, none is looked up. */
  #setItem(dict: Map<PickleValue, PickleValue>, key: PickleValue, value: PickleValue): void {
    if (Array.isArray(key) || key instanceof Map) this.#fail('a list or a dict as the key of a dict');
    if (dict.has(key)) this.#fail(`the key ${quoted(key)} is set twice`);
    dict.set(key, value);
  }

  /** Attributes of a module are kept; those of a dict (`_metadata`) and of a stub are dropped; nothing else has any. */
  build(): void {
    const attributes = this.pop();
    const target = this.#top();
    if (target instanceof ModuleRecord) target.attributes = attributes;
    else if (!(target instanceof Map || target instanceof Stub)) this.#fail('an object that takes no state');
  }

  call(): void {
    const args = this.pop();
    const callee = this.pop();
    if (!(args instanceof Tuple)) this.#fail('arguments that are not a tuple');
    this.pushNew(this.#hooks.call(callee, args));
  }

  newObject(): void {
    const args = this.pop();
    const made = this.pop();
    const known = made instanceof Stub || made instanceof ModuleClass;
    if (!(known && args instanceof Tuple)) this.#fail('an object of a class that is not allowed');
    this.pushNew(made instanceof ModuleClass ? new ModuleRecord() : new Stub());
  }

  global(module: string, name: string): void {
    this.push(this.#hooks.findClass(module, name, this.#stack.length === 0));
  }

  persistent(): void {
    this.push(this.#hooks.persistentLoad(this.pop()));
  }

  put(index: number): void {
    this.#memo.set(index, this.#top());
    if (this.#memo.size > PICKLE_LIMITS.memo) this.#fail(`more than ${PICKLE_LIMITS.memo} memo entries`);
  }

  get(index: number): void {
    const value = this.#memo.get(index);
    this.push(value === undefined ? this.#fail(`memo entry ${index} was never put`) : value);
  }

  /** The value of the pickle: the only one left. */
  stop(): PickleValue {
    const value = this.pop();
    if (this.#stack.length > 0 || this.#marks.length > 0) this.#fail('it stops with values left over');
    return value;
  }

  #top(): PickleValue {
    if (this.#stack.length <= (this.#marks.at(-1) ?? 0)) this.#fail('the stack ran empty');
    return this.#stack[this.#stack.length - 1];
  }

  #fail(reason: string): never {
    return this.#bytes.fail(reason);
  }
}

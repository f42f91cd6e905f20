import { BeitError } from '../../errors.ts';
import { sizeOf } from '../../math.ts';
import { quoted } from '../../quoted.ts';
import { bytesOf, type DtypeName } from '../dtype.ts';
import { GlobalName, ModuleClass, type PickleValue, Stub, TorchStorage, TorchTensor, Tuple } from './pickleValues.ts';
import type { UnpicklerHooks } from './unpickler.ts';

const STORAGES: ReadonlyMap<string, DtypeName> = new Map([
  ['torch.DoubleStorage', 'F64'],
  ['torch.FloatStorage', 'F32'],
  ['torch.HalfStorage', 'F16'],
  ['torch.BFloat16Storage', 'BF16'],
  ['torch.LongStorage', 'I64'],
  ['torch.IntStorage', 'I32'],
  ['torch.ShortStorage', 'I16'],
  ['torch.CharStorage', 'I8'],
  ['torch.ByteStorage', 'U8'],
  ['torch.BoolStorage', 'BOOL'],
  ['torch.storage.UntypedStorage', 'U8'],
]);
/** Types that have no storage of their own: their tensors view bytes. */
const UNTYPED: ReadonlyMap<string, DtypeName> = new Map([
  ['torch.float8_e4m3fn', 'F8_E4M3'],
  ['torch.float8_e5m2', 'F8_E5M2'],
  ['torch.float8_e8m0fnu', 'F8_E8M0'],
  ['torch.uint16', 'U16'],
  ['torch.uint32', 'U32'],
  ['torch.uint64', 'U64'],
]);
const REBUILD_TENSOR = 'torch._utils._rebuild_tensor_v2';
const REBUILD_UNTYPED = 'torch._utils._rebuild_tensor_v3';
const REBUILD_PARAMETER = 'torch._utils._rebuild_parameter';
const REBUILD_FROM_TYPE = 'torch._tensor._rebuild_from_type_v2';
const ORDERED_DICT = 'collections.OrderedDict';
const SIZE = 'torch.Size';
const TYPES = ['torch.Tensor', 'torch.nn.parameter.Parameter'];
const ALLOWED = new Set([
  ...[...STORAGES.keys(), ...UNTYPED.keys()],
  ...[REBUILD_TENSOR, REBUILD_UNTYPED, REBUILD_PARAMETER, REBUILD_FROM_TYPE, ORDERED_DICT, SIZE],
]);
/** The modules that DALL-E's encoder.pkl and decoder.pkl are made of; such files hold whole modules. */
const MODULE =
  /^(?:dall_e\.(?:encoder\.Encoder|decoder\.Decoder)(?:Block)?|dall_e\.utils\.Conv2d|torch\.nn\.modules\.(?:container\.Sequential|activation\.ReLU|pooling\.MaxPool2d|linear\.Identity|upsampling\.Upsample))$/;
/** What torch.load opens beside tensors and plain data, and no weights are in: each becomes an inert stub. */
const INERT =
  /^(?:__builtin__|builtins)\.(?:set|bytearray|complex)$|^_codecs\.encode$|^collections\.Counter$|^torch\.(?:device|strided|(?:b?float|u?int|complex|u?int)\d+\w*|bool)$/;
/** Tensors of libraries that quantize: no weights can be read from them, and a stub would only hide why. */
const QUANTIZERS =
  /^(?:torchao|optimum\.quanto|quanto|bitsandbytes|hqq|torch(?=\.(?:ao\.|_utils\._rebuild_qtensor|[qQ]U?[iI]nt\d)))\b/;
const WRAPPED = 'torch._utils._rebuild_wrapper_subclass';
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_.]*$/;
const STORAGE_KEY = /^[A-Za-z0-9_]{1,40}$/;
const MAX_AXES = 64;

/**
 * The storage types, four ways to rebuild a tensor and `OrderedDict`: all that a state dict needs. A few classes of
 * plain data, and with `stubs` every other name, become ones that make inert stubs.
 */
export class TorchUnpickler implements UnpicklerHooks {
  readonly storages = new Map<string, TorchStorage>();
  readonly #file: string;
  readonly #stubs: boolean;

  constructor(file: string, stubs: boolean) {
    this.#file = file;
    this.#stubs = stubs;
  }

  findClass(module: string, name: string, whole = false): PickleValue {
    const full = `${module}.${name}`;
    if (!IDENTIFIER.test(module) || !IDENTIFIER.test(name)) this.#fail(`asks for ${quoted(full)}`);
    if (ALLOWED.has(full) || TYPES.includes(full)) return new GlobalName(full);
    if (MODULE.test(full)) return new ModuleClass();
    const quantizer = full === WRAPPED ? 'torchao or a library like it' : QUANTIZERS.exec(full)?.[0];
    if (quantizer !== undefined)
      this.#fail(
        `has weights that ${quantizer} quantized (${full}); save the model with save_pretrained or dequantize it in Python`,
      );
    if (this.#stubs || INERT.test(full)) return new Stub();
    if (whole)
      this.#fail(
        `begins with an object of ${full}, as torch.save(model) writes a whole model; load it in Python and save its state_dict() instead`,
      );
    return this.#fail(`asks for ${full}; the option allowStubs reads it as an inert stub`);
  }

  call(callee: PickleValue, { items }: Tuple): PickleValue {
    if (callee instanceof Stub) return new Stub();
    const name = callee instanceof GlobalName ? callee.name : 'no function';
    switch (name) {
      case ORDERED_DICT:
        return items.length === 0 ? new Map() : this.#fail('fills an OrderedDict by calling it');
      case SIZE:
        return new Tuple(this.#sizes(items[0]));
      case REBUILD_TENSOR:
        return this.#tensor(items);
      case REBUILD_UNTYPED:
        return this.#untyped(items);
      case REBUILD_PARAMETER:
        return items[0] instanceof TorchTensor
          ? items[0]
          : this.#fail('makes a parameter of a value that is not a tensor');
      case REBUILD_FROM_TYPE:
        return this.#fromType(items);
      default:
        return this.#fail(`calls ${name}`);
    }
  }

  /**
   * `('storage', type, key, location, numel)`; the legacy format adds `None` or `(view key, offset, numel)`, and has
   * `('module', class, file, source)` for the class of a module.
   */
  persistentLoad(id: PickleValue): PickleValue {
    const [kind, type, key, , numel, view = null] = id instanceof Tuple ? id.items : [];
    if (kind === 'module' && type instanceof ModuleClass) return type;
    const dtype = type instanceof GlobalName ? STORAGES.get(type.name) : undefined;
    if (kind !== 'storage' || !dtype) this.#fail('has a persistent id that is not a storage');
    if (typeof key !== 'string' || !STORAGE_KEY.test(key)) this.#fail('has a storage without a plain key');
    const storage = this.storages.get(key) ?? new TorchStorage(key, dtype, this.#size(numel));
    if (storage.dtype !== dtype || storage.numel !== numel) this.#fail(`describes storage ${key} in two ways`);
    this.storages.set(key, storage);
    return view === null ? storage : this.#storageView(storage, view);
  }

  #storageView(root: TorchStorage, view: PickleValue): TorchStorage {
    const [, offset, numel] = view instanceof Tuple ? view.items : [];
    const base = this.#size(offset);
    const count = this.#size(numel);
    if (base + count > root.numel) this.#fail(`views elements beyond the ${root.numel} of storage ${root.key}`);
    return new TorchStorage(root.key, root.dtype, count, base);
  }

  /** `(function, type, arguments, state)` of a tensor with Python attributes, which are dropped. */
  #fromType([rebuild, , args]: readonly PickleValue[]): PickleValue {
    const plain = rebuild instanceof GlobalName && rebuild.name !== REBUILD_FROM_TYPE && args instanceof Tuple;
    return plain ? this.call(rebuild, args) : this.#fail('rebuilds a tensor by a function that does not make tensors');
  }

  /** `(storage of bytes, offset, size, stride, requires_grad, hooks, dtype, …)`. */
  #untyped([bytes, offset, size, stride, , , type]: readonly PickleValue[]): TorchTensor {
    const dtype = type instanceof GlobalName ? UNTYPED.get(type.name) : undefined;
    if (!(bytes instanceof TorchStorage) || bytes.dtype !== 'U8' || !dtype)
      this.#fail('rebuilds a tensor of an unknown type');
    const { key, numel } = bytes;
    return this.#tensor([new TorchStorage(key, dtype, Math.floor(numel / bytesOf(dtype))), offset, size, stride]);
  }

  /** `(storage, offset, size, stride, requires_grad, hooks)`: the view must be within the storage and not repeat it. */
  #tensor([storage, start, size, stride]: readonly PickleValue[]): TorchTensor {
    if (!(storage instanceof TorchStorage)) this.#fail('rebuilds a tensor without a storage');
    const offset = this.#size(start);
    const shape = this.#sizes(size);
    const strides = this.#sizes(stride);
    const { key, numel } = storage;
    if (shape.length !== strides.length) this.#fail(`gives ${strides.length} strides for ${shape.length} axes`);
    const elements = sizeOf(shape);
    const reach = shape.reduce((sum, n, axis) => sum + (n - 1) * strides[axis], offset + 1);
    if (!Number.isSafeInteger(elements)) this.#fail(`has a tensor of shape [${shape}]`);
    if (elements > 0 && !(reach <= numel)) this.#fail(`views element ${reach - 1} of the ${numel} of storage ${key}`);
    const repeats = elements > numel || shape.some((n, axis) => n > 1 && strides[axis] === 0);
    if (repeats) this.#fail(`makes ${elements} elements of the ${numel} of storage ${key}`);
    return new TorchTensor(storage, offset, shape, strides);
  }

  #sizes(value: PickleValue | undefined): number[] {
    if (!(value instanceof Tuple) || value.items.length > MAX_AXES)
      this.#fail('has a shape that is not a tuple of sizes');
    return value.items.map((item) => this.#size(item));
  }

  #size(value: PickleValue | undefined): number {
    const fits = typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
    return fits ? value : this.#fail('has an invalid size');
  }

  #fail(reason: string): never {
    throw new BeitError('UnsafePickle', `Cannot read "${this.#file}": its pickle ${reason}`);
  }
}

import { AVERAGED } from '../../averaged.ts';
import { BeitError, check } from '../../errors.ts';
import { sizeOf } from '../../math.ts';
import { quoted } from '../../quoted.ts';
import type { Storage, StoredTensor } from '../storedTensor.ts';
import { ModuleRecord, type PickleValue, Stub, type TorchStorage, TorchTensor } from './pickleValues.ts';

/** How a checkpoint of PyTorch is read. */
export interface TorchOptions {
  /** Reads objects of other classes as inert stubs. */
  readonly stubs: boolean;
  /** Takes the running mean of the weights where there are both. */
  readonly useEma: boolean;
}

/** Under what training scripts keep the weights beside everything else; of several, the first. */
const WRAPPERS = [
  'model',
  'module',
  'state_dict',
  'model_state_dict',
  'model_state',
  'net',
  'network',
  'weights',
  'params',
];
/** Tensors of the training, not of the model. */
const TRAINING = /optim|scheduler|scaler|loss|criterion|rng|callbacks|loops/i;
const MAX_WRAPPERS = 3;
/** Of a whole module; DALL-E's encoder has 95. */
const MAX_MODULES = 1000;

type Dict = ReadonlyMap<PickleValue, PickleValue>;

/**
 * The tensors of a state dict, alone or wrapped the way training checkpoints wrap it.
 *
 * @throws `InvalidCheckpoint` naming the keys that are there, when there is none or several.
 */
export function tensorsOf(
  value: PickleValue,
  file: string,
  useEma: boolean,
  locate: (storage: TorchStorage) => Storage,
): readonly StoredTensor[] {
  const wrong = (why: string) => `Cannot read "${file}": ${why}; its keys are ${keysOf(value)}`;
  check(!(value instanceof Stub), 'InvalidCheckpoint', () => {
    return `Cannot read "${file}": it is one object of a class, as torch.save(model) writes a whole model; load it in Python and save its state_dict() instead`;
  });
  const dict = stateDict(
    value instanceof ModuleRecord ? moduleState(value, file) : value,
    useEma,
    (why) => new BeitError('InvalidCheckpoint', wrong(why)),
  );
  const tensors: StoredTensor[] = [];
  for (const [name, item] of dict ?? []) {
    if (item instanceof TorchTensor) tensors.push(storedAs(String(name), item, locate(item.storage)));
  }
  check(tensors.length > 0, 'InvalidCheckpoint', () => wrong('it holds no state dict with tensors'));
  return tensors.sort((a, b) => firstByte(a) - firstByte(b) || a.offset - b.offset);
}

/** The tensors of a module and of those in it, by the names that `state_dict()` gives them. */
function moduleState(module: ModuleRecord, file: string): Dict {
  const found = new Map<PickleValue, PickleValue>();
  let modules = 0;
  const visit = (record: ModuleRecord, prefix: string): void => {
    // a module that holds itself would never end
    check(
      ++modules <= MAX_MODULES,
      'InvalidCheckpoint',
      `Cannot read "${file}": it has more than ${MAX_MODULES} modules`,
    );
    for (const [name, item] of partsOfModule(record)) {
      if (item instanceof TorchTensor) found.set(`${prefix}${String(name)}`, item);
      else if (item instanceof ModuleRecord) visit(item, `${prefix}${String(name)}.`);
    }
  };
  visit(module, '');
  return found;
}

function partsOfModule({ attributes }: ModuleRecord): (readonly [PickleValue, PickleValue])[] {
  if (!(attributes instanceof Map)) return [];
  const parts = ['_parameters', '_buffers', '_modules'].map((kind) => attributes.get(kind));
  return parts.flatMap((part) => (part instanceof Map ? [...part] : []));
}

/** Goes down the wrappers to the dict with the weights. */
function stateDict(value: PickleValue, useEma: boolean, error: (why: string) => BeitError): Dict | null {
  let dict = value instanceof Map ? (value as Dict) : null;
  let averaged = false;
  for (let depth = 0; dict && depth < MAX_WRAPPERS; depth++) {
    const parts = partsOf(dict);
    const means = parts.filter((key) => AVERAGED.test(key));
    const plain = parts.filter((key) => !AVERAGED.test(key));
    const wanted: string[] = useEma && !averaged && means.length > 0 ? means : plain.length > 0 ? plain : means;
    const known = WRAPPERS.find((key) => wanted.includes(key));
    if (wanted.length === 0 || (!known && wanted === plain && holdsWeights(dict, wanted))) break;
    averaged ||= wanted === means;
    if (!known && wanted.length > 1) throw error(`it holds several state dicts: ${wanted.map(quoted).join(', ')}`);
    dict = dict.get(known ?? wanted[0]) as Dict;
  }
  const named = [...(dict?.keys() ?? [])].some((name) => AVERAGED.test(String(name)));
  if (useEma && dict && !averaged && !named)
    throw error('it holds no running mean of the weights, which useEma asks for');
  return dict;
}

/** Keys of what may hold the weights. */
function partsOf(dict: Dict): string[] {
  return [...dict].flatMap(([key, item]) => {
    return typeof key === 'string' && !TRAINING.test(key) && holdsTensors(item) ? [key] : [];
  });
}

/** Whether tensors of `dict` itself are the weights, and not a few beside them: a state of random numbers, a best score. */
function holdsWeights(dict: Dict, parts: readonly string[]): boolean {
  const own = [...dict.values()].filter((item) => item instanceof TorchTensor).length;
  return own > 0 && parts.every((key) => own >= tensorCount(dict.get(key) as Dict));
}

function tensorCount(dict: Dict, depth = 0): number {
  if (depth > MAX_WRAPPERS) return 0;
  return [...dict.values()].reduce<number>((sum, item) => {
    if (item instanceof TorchTensor) return sum + 1;
    return item instanceof Map ? sum + tensorCount(item, depth + 1) : sum;
  }, 0);
}

/** Names of tensors are text, those of an optimizer's state are numbers. What was seen before is not looked at again. */
function holdsTensors(value: PickleValue, seen = new Set<PickleValue>()): boolean {
  if (!(value instanceof Map) || seen.has(value)) return false;
  seen.add(value);
  return [...value].some(
    ([key, item]) => typeof key === 'string' && (item instanceof TorchTensor || holdsTensors(item, seen)),
  );
}

function keysOf(value: PickleValue): string {
  if (!(value instanceof Map)) return 'none';
  return [...value.keys()]
    .slice(0, 8)
    .map((key) => quoted(key))
    .join(', ');
}

function storedAs(name: string, tensor: TorchTensor, storage: Storage): StoredTensor {
  const { shape, strides } = tensor;
  const offset = tensor.storage.base + tensor.offset;
  return {
    name,
    dtype: tensor.storage.dtype,
    shape,
    storage,
    offset,
    strides: isRowMajor(shape, strides) ? null : strides,
  };
}

/** Strides of axes of one element mean nothing. */
function isRowMajor(shape: readonly number[], strides: readonly number[]): boolean {
  if (sizeOf(shape) === 0) return true;
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== step) return false;
    step *= shape[axis];
  }
  return true;
}

function firstByte({ storage }: StoredTensor): number {
  return storage.pieces[0].begin;
}

import { check } from '../../errors.ts';
import type { ByteSource } from '../bytes/byteSource.ts';
import { bytesOf } from '../dtype.ts';
import type { Storage, StoredTensor } from '../storedTensor.ts';
import { readPickle } from './pickle.ts';
import { PICKLE_LIMITS } from './pickleLimits.ts';
import type { PickleValue, TorchStorage } from './pickleValues.ts';
import { type TorchOptions, tensorsOf } from './stateDict.ts';
import { TorchUnpickler } from './torchUnpickler.ts';

const MAGIC = 0x1950a86a20f9469cfc6cn;
const PROTOCOL = 1001;

/**
 * The state dict of a PyTorch checkpoint from before 1.6: five pickles (magic number, protocol, system, the object, the
 * keys of the storages), then for each key the number of elements as i64 and the elements.
 *
 * @throws `UnsafePickle`, and `InvalidCheckpoint` when the storages do not fill the file as the pickles say.
 */
export async function readTorchLegacy(source: ByteSource, options: TorchOptions): Promise<readonly StoredTensor[]> {
  const { name, size } = source;
  const head = await source.read(0, Math.min(size, PICKLE_LIMITS.bytes));
  const hooks = new TorchUnpickler(name, options.stubs);
  let at = 0;
  const next = (): PickleValue => {
    const { value, end } = readPickle(head, at, hooks, name);
    at = end;
    return value;
  };
  check(next() === MAGIC && next() === PROTOCOL, 'InvalidCheckpoint', `Cannot read "${name}": it is not a torch file`);
  checkSystem(name, next());
  const value = next();
  const located = await locate(source, next(), at, hooks.storages);
  return tensorsOf(value, name, options.useEma, ({ key }) => located.get(key) as Storage);
}

function checkSystem(file: string, system: PickleValue): void {
  const little = system instanceof Map && system.get('little_endian') === true;
  check(little, 'UnsupportedFormat', `Cannot read "${file}": its byte order is not little-endian`);
}

async function locate(
  source: ByteSource,
  keys: PickleValue,
  at: number,
  storages: ReadonlyMap<string, TorchStorage>,
): Promise<Map<string, Storage>> {
  const wrong = `Cannot read "${source.name}"`;
  const located = new Map<string, Storage>();
  const complete = Array.isArray(keys) && keys.length === storages.size;
  check(complete, 'InvalidCheckpoint', `${wrong}: its list of storages does not fit its tensors`);
  for (const key of keys) {
    const storage = storages.get(String(key));
    check(
      storage && !located.has(storage.key),
      'InvalidCheckpoint',
      `${wrong}: storage ${String(key)} is unknown or twice`,
    );
    const end = at + 8 + storage.numel * bytesOf(storage.dtype);
    check(end <= source.size, 'InvalidCheckpoint', `${wrong}: storage ${storage.key} reaches beyond its end`);
    await checkCount(source, at, storage);
    located.set(storage.key, { pieces: [{ begin: at + 8, end }] });
    at = end;
  }
  check(at === source.size, 'InvalidCheckpoint', `${wrong}: ${source.size - at} bytes follow its last storage`);
  return located;
}

async function checkCount(source: ByteSource, at: number, { key, numel }: TorchStorage): Promise<void> {
  const bytes = await source.read(at, at + 8);
  const count = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigInt64(0, true);
  check(count === BigInt(numel), 'InvalidCheckpoint', () => {
    return `Cannot read "${source.name}": storage ${key} has ${count} elements, its tensors expect ${numel}`;
  });
}

import { platform } from '#platform';
import { type Dtype, isQuantizedDtype } from '../dtype.ts';
import type { CreatedModel } from '../engine/createModel.ts';
import { check, throwIfAborted } from '../errors.ts';
import { jsonText } from '../json.ts';
import { sizeOf } from '../math.ts';
import type { ArchitectureName, Family } from '../model/beit/config/family.ts';
import type { Slot } from '../model/beit/params/slot.ts';
import { named } from '../quoted.ts';
import { FLOAT_DTYPES, type FloatDtype, fromFloat32 } from '../weights/save/fromFloat32.ts';
import { checkShardSize, saveSafetensors } from '../weights/save/saveSafetensors.ts';
import type { TensorEntry } from '../weights/save/writeSafetensors.ts';
import { type CreateFile, writeText } from './createFile.ts';
import { DTYPE_KEY, SCALE_SUFFIX } from './quantizedTensors.ts';

/** How a model is written. */
export interface SavePretrainedOptions {
  /**
   * Default: `q8` and `q4` models as they are, others as `f32`. `f16` and `bf16` round to nearest, ties to even. Python
   * reads all but `q8` and `q4`.
   */
  readonly dtype?: Dtype | undefined;
  /** Bytes of data per file at most; default: one file. */
  readonly shardSize?: number | undefined;
  /** Looked at before every megabyte or so; what was written until then stays. */
  readonly signal?: AbortSignal | undefined;
}

/** Elements converted at a time. */
const CHUNK = 1 << 18;
/** What is stored beside the prefix of the body in the files of classes with a head. */
const HEAD =
  /^(classifier|cls_classifier|distillation_classifier|lm_head|head\.layernorm|fpn\d|decode_head|auxiliary_head|neck|relative_head|metric_head|head\.(?:head|conv\d|projection))\./;

/**
 * Writes `config.json` and the weights under the names that transformers reads.
 *
 * @throws `InvalidArgument`, `FileSystem`, `Aborted`
 */
export async function saveModel(
  { config, architecture, parameters }: CreatedModel,
  createFile: CreateFile,
  options: SavePretrainedOptions = {},
): Promise<string[]> {
  const create = stoppable(createFile, options.signal);
  const quantized = isQuantizedDtype(parameters.dtype);
  const dtype = options.dtype ?? (quantized ? parameters.dtype : 'f32');
  checkShardSize(options.shardSize);
  check(Object.hasOwn(FLOAT_DTYPES, dtype) || dtype === parameters.dtype, 'InvalidArgument', () => {
    return `Cannot save as ${named(dtype)}: the model was loaded as ${parameters.dtype}`;
  });
  const floatDtype = isQuantizedDtype(dtype) ? 'F32' : FLOAT_DTYPES[dtype];
  const { prefix = config.family.prefix, json = config.toJSON() } = architecture.disk?.(config) ?? {};
  const entries = [...parameters.slots].flatMap(([name, slot]) => {
    const stored = diskName(name, { ...config.family, prefix }, architecture.hasPrefix);
    if (!(dtype in FLOAT_DTYPES) && slot.quantized) return quantizedEntries(stored, slot);
    return [entryOf(stored, slot, floatDtype), ...batchCounter(stored)];
  });
  const metadata = { format: 'pt', ...(!(dtype in FLOAT_DTYPES) && { [DTYPE_KEY]: dtype }) };
  await writeText(
    create,
    'config.json',
    configText(json, config.family.classes[architecture.name as ArchitectureName] ?? architecture.name),
  );
  const files = await saveSafetensors(entries, create, {
    shardSize: options.shardSize,
    metadata,
    variant: dtype in FLOAT_DTYPES ? undefined : dtype,
  });
  return ['config.json', ...files];
}

/** Yields to the event loop before every chunk, so that the signal can fire while a function takes them. */
function stoppable(create: CreateFile, signal: AbortSignal | undefined): CreateFile {
  return async (name) => {
    throwIfAborted(signal);
    const file = await create(name);
    const isFile = typeof file?.write === 'function' && typeof file.close === 'function';
    check(isFile, 'InvalidArgument', `Cannot write ${name}: expected an object with write() and close()`);
    const write = async (chunk: Uint8Array) => {
      await platform.yieldToEventLoop();
      throwIfAborted(signal);
      await file.write(chunk);
    };
    return { write, close: () => file.close(), abort: () => (file.abort ?? file.close).call(file) };
  };
}

/** What transformers 5 takes as a float alone: a whole number is written with a point. */
const FLOATS =
  /("(?:layerscale_value|layer_scale_init_value|auxiliary_loss_weight|initializer_range|layer_norm_eps|mask_ratio)": -?\d+)(?=,?\n)/g;

/** As transformers writes it: keys sorted, two spaces, a last newline. */
function configText({ around: _, ...json }: Readonly<Record<string, unknown>>, architecture: string): string {
  const fields = { ...json, architectures: [architecture] };
  const sorted = Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1));
  return jsonText(Object.fromEntries(sorted)).replace(FLOATS, '$1.0');
}

/** The canonical name as the files of `family` have it; `prefixed` for classes with a head. */
export function diskName(name: string, { prefix, renames = [] }: Family, prefixed: boolean): string {
  if (HEAD.test(name)) return name.replace(/^head\.(?=layernorm)/, '');
  const own = renames.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), name);
  return prefixed ? `${prefix}${own}` : own;
}

/** Batch norms also count the batches of training; torch misses the number when it is not there. */
function batchCounter(name: string): TensorEntry[] {
  if (!name.endsWith('.running_var')) return [];
  const counter = name.replace(/running_var$/, 'num_batches_tracked');
  return [{ name: counter, dtype: 'I64', shape: [], data: () => [new Uint8Array(8)] }];
}

function entryOf(name: string, slot: Slot, dtype: FloatDtype): TensorEntry {
  const size = sizeOf(slot.shape);
  const step = Math.max(slot.grain, Math.floor(CHUNK / slot.grain) * slot.grain);
  async function* data(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < size; at += step) yield fromFloat32(dtype, await slot.get(at, Math.min(at + step, size)));
  }
  return { name, dtype, shape: slot.shape, data };
}

/** The two tensors that a quantized slot is saved as. */
function quantizedEntries(name: string, { quantized, shape }: Slot): TensorEntry[] {
  const rows = shape[0];
  const { rowBytes, get } = quantized!;
  const step = Math.max(1, Math.floor((1 << 20) / rowBytes));
  async function* bytes(): AsyncGenerator<Uint8Array> {
    for (let row = 0; row < rows; row += step) yield (await get(row, Math.min(row + step, rows))).bytes;
  }
  async function* scales(): AsyncGenerator<Uint8Array> {
    yield new Uint8Array((await get(0, rows)).scales.buffer);
  }
  return [
    { name, dtype: 'U8', shape: [rows, rowBytes], data: bytes },
    { name: name + SCALE_SUFFIX, dtype: 'F32', shape: [rows], joined: true, data: scales },
  ];
}

import { platform } from '#platform';
import { check } from '../errors.ts';
import type { Slot } from '../model/beit/parameters.ts';
import { type FloatDtype, fromFloat32 } from '../weights/fromFloat32.ts';
import { type FileWriter, saveSafetensors } from '../weights/saveSafetensors.ts';
import type { TensorEntry } from '../weights/writeSafetensors.ts';
import type { CreatedModel } from './createModel.ts';

/** How a model is written. */
export interface SavePretrainedOptions {
  /** Default `f32`; narrower types round to nearest, ties to even. */
  readonly dtype?: 'f32' | 'f16' | 'bf16';
  /** Bytes of data per file at most; default: one file. */
  readonly shardSize?: number;
}

/** Makes a file in the folder that is written to. */
export type CreateFile = (name: string) => Promise<FileWriter> | FileWriter;

const DTYPES: Readonly<Record<string, FloatDtype>> = { f32: 'F32', f16: 'F16', bf16: 'BF16' };
/** Elements converted at a time. */
const CHUNK = 1 << 18;
/** What stands beside "beit." in the files of classes with a head. */
const HEAD = /^(classifier|lm_head|head\.layernorm|fpn\d|decode_head|auxiliary_head)\./;

/** A folder's files, or the given function as it is. */
export async function fileMaker(target: string | CreateFile): Promise<CreateFile> {
  if (typeof target !== 'string') return target;
  check(platform.writer, 'UnsupportedRuntime', `Cannot write to "${target}": this runtime has no file system`);
  return platform.writer(target);
}

/** Writes `config.json` and the weights under the names that transformers reads. */
export async function saveModel(
  { config, architecture, parameters }: CreatedModel,
  create: CreateFile,
  options: SavePretrainedOptions = {},
): Promise<string[]> {
  const dtype = DTYPES[options.dtype ?? 'f32'];
  const entries = [...parameters.slots].map(([name, slot]) =>
    entryOf(diskName(name, architecture.prefix), slot, dtype),
  );
  const json = { ...config.toJSON(), architectures: [architecture.name] };
  await writeText(create, 'config.json', `${JSON.stringify(json, null, 2)}\n`);
  const files = await saveSafetensors(entries, create, { shardSize: options.shardSize });
  return ['config.json', ...files];
}

/** The canonical name as the hub's files have it. */
export function diskName(name: string, prefix: string): string {
  return HEAD.test(name) ? name.replace(/^head\./, '') : `${prefix}${name}`;
}

function entryOf(name: string, slot: Slot, dtype: FloatDtype): TensorEntry {
  const size = slot.shape.reduce((a, b) => a * b, 1);
  const step = Math.max(slot.grain, Math.floor(CHUNK / slot.grain) * slot.grain);
  function* data(): Generator<Uint8Array> {
    for (let at = 0; at < size; at += step) yield fromFloat32(dtype, slot.get(at, Math.min(at + step, size)));
  }
  return { name, dtype, shape: slot.shape, data };
}

export async function writeText(create: CreateFile, name: string, text: string): Promise<void> {
  const file = await create(name);
  await file.write(new TextEncoder().encode(text));
  await file.close();
}

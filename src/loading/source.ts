import { platform } from '#platform';
import { BeitError, check, checkObject, checkType, reason, throwIfAborted } from '../errors.ts';
import { urlFiles } from '../hub/urlFiles.ts';
import { parseJson } from '../json.ts';
import type { HubAccess } from '../platform/platform.ts';
import { quoted } from '../quoted.ts';
import { bytesSource, filesOf, type ModelFiles } from '../weights/bytes/byteSource.ts';

/**
 * Where a model comes from: a folder or a file in it, a URL, a repository of the hub, or the files themselves by name (as a
 * browser has them after a drop). The bytes of one weights file are a model too, if its config can be told from them or is
 * given; there is no image processor in them, so pipelines need the files by name.
 */
export type ModelSource =
  | string
  | URL
  | Uint8Array
  | ArrayBuffer
  | Blob
  | Readonly<Record<string, Uint8Array | ArrayBuffer | Blob>>
  | ModelFiles;

/** How files are found; all but `signal` concerns repositories of the hub. */
export interface SourceOptions extends Omit<HubAccess, 'onProgress'> {
  readonly onProgress?: ((event: ProgressEvent) => void) | undefined;
  /** Where the files are within the source, as in transformers. Default: at its root. */
  readonly subfolder?: string | undefined;
}

/** @throws `InvalidArgument` for invalid options, `Aborted` */
export function checkSourceOptions(
  options: SourceOptions & { readonly file?: string; readonly variant?: string; readonly onWarning?: unknown },
): void {
  checkObject('Invalid options', options);
  throwIfAborted(options.signal);
  for (const name of ['file', 'variant', 'subfolder'] as const) checkType(name, options[name], 'string');
  checkType('fetch', options.fetch, 'function');
  checkType('onProgress', options.onProgress, 'function');
  checkType('onWarning', options.onWarning, 'function');
}

/** Names that files have and repositories of the hub do not. */
const FILE = /\.(?:safetensors|bin|pth?|ckpt|msgpack|json|onnx|h5|zip|npz|gguf|png|jpe?g|webp)$/i;
const REPOSITORY = /^[\w.-]+(\/[\w.-]+)?$/;

/** @throws `FileNotFound` when a string names nothing that exists. */
export async function openSource(source: ModelSource, options: SourceOptions = {}): Promise<ModelFiles> {
  checkSourceOptions(options);
  const { subfolder } = options;
  if (!subfolder) return openRoot(source, options);
  const { checkFileName } = await import('../hub/names.ts'); // a chunk of the hub's client, and few models have one
  checkFileName(subfolder);
  const files = await openRoot(source, options);
  const { reportsProgress, removeBroken, absence } = files;
  const open = (name: string) => files.open(`${subfolder}/${name}`);
  return { reportsProgress, open, removeBroken: removeBroken?.bind(files), absence: absence?.bind(files) };
}

async function openRoot(source: ModelSource, options: SourceOptions): Promise<ModelFiles> {
  if (typeof source === 'string' || source instanceof URL) return openPath(placeOf(source), options);
  if (isOneFile(source)) return oneFile(source);
  checkObject('Cannot open a model, which is a path, bytes, a Blob or files by name', source);
  return isModelFiles(source) ? source : filesOf(source);
}

/**
 * A source for several loaders: a path or URL is opened, so that all of them read the same files, of a repository those of
 * one commit. Other sources are given on as they are.
 *
 * @throws what {@link openSource} throws
 */
export async function openShared(source: ModelSource, options: SourceOptions): Promise<ModelSource> {
  return typeof source === 'string' || source instanceof URL ? openSource(source, options) : source;
}

/** A URL as text; of a file here, as `import.meta.url` makes it, its path. @throws `InvalidArgument` */
export function placeOf(source: string | URL): string {
  const text = String(source);
  if (!text.startsWith('file:')) return text;
  try {
    return decodeURIComponent(new URL(text).pathname).replace(/^\/(?=[A-Z]:)/i, '');
  } catch (cause) {
    throw new BeitError('InvalidArgument', `Cannot read the URL ${quoted(text)}: ${reason(cause)}`, { cause });
  }
}

/** A folder wins over a repository of the same name. */
async function openPath(path: string, options: SourceOptions): Promise<ModelFiles> {
  const files = (await platform.folder(path)) ?? (/^https?:/.test(path) ? urlFiles(path, options) : null);
  if (files) return { ...files, origin: async () => ({ source: path }) };
  const file = FILE.test(path);
  if (REPOSITORY.test(path) && !file && !/^\.{1,2}(\/|$)/.test(path)) return platform.hub(path, options);
  throw new BeitError('FileNotFound', `Cannot open the model ${quoted(path)}: no such ${file ? 'file' : 'folder'}`);
}

/** One file is opened under the first name of a weights file; its content tells the format. */
function oneFile(bytes: Uint8Array | ArrayBuffer | Blob): ModelFiles {
  return isBlob(bytes)
    ? filesOf({ 'model.safetensors': bytes })
    : { open: async (name) => (name === 'model.safetensors' ? bytesSource(name, bytes) : null) };
}

/** Whether a source is the content of a weights file, with nothing beside it. */
export function isOneFile(source: unknown): source is Uint8Array | ArrayBuffer | Blob {
  return source instanceof Uint8Array || source instanceof ArrayBuffer || isBlob(source);
}

function isBlob(source: unknown): source is Blob {
  return typeof Blob !== 'undefined' && source instanceof Blob;
}

/** Whether a source is files by a function, not by a record. */
export function isModelFiles(source: object): source is ModelFiles {
  return 'open' in source && typeof source.open === 'function';
}

/** A config with the names of 21,841 classes, there and back, has under two million bytes. */
const MAX_JSON = 4_000_000;

/** Reads a small JSON file of a model; null when it is not there. */
export async function readJson(files: ModelFiles, name: string): Promise<unknown> {
  const source = await files.open(name);
  if (!source) return null;
  check(source.size <= MAX_JSON, 'InvalidConfig', () => {
    return `Cannot read ${name}: expected at most ${MAX_JSON} bytes, got ${source.size}`;
  });
  return parseJson(new TextDecoder().decode(await source.read(0, source.size)), 'InvalidConfig', name);
}

/** What happens while a model loads, in the shape of transformers.js. */
export interface ProgressEvent {
  readonly status: 'initiate' | 'download' | 'progress' | 'done' | 'ready';
  readonly name?: string;
  readonly file?: string;
  /** Percent. */
  readonly progress?: number;
  /** Bytes. */
  readonly loaded?: number;
  readonly total?: number;
}

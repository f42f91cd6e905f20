import type { LoadOptions } from '../loading/loadModel.ts';
import { isModelFiles, type ModelSource } from '../loading/source.ts';
import type { PlainOptions } from './protocol.ts';

/** Bytes are not kept for a second time: they may be most of the memory that the page has. */
export function canReopen(source: ModelSource | null): boolean {
  if (source === null || typeof source === 'string' || source instanceof Blob) return true;
  if (source instanceof ArrayBuffer || ArrayBuffer.isView(source)) return false;
  return isModelFiles(source) || Object.values(source).every((part) => part instanceof Blob);
}

/** The options without the functions, signals and objects that cannot cross. */
export function plainOptions(options: LoadOptions): PlainOptions {
  const { config: _, onProgress: _1, signal: _2, fetch: _3, worker: _4, startThread: _5, ...others } = options;
  const { onWarning: _6, ...rest } = others;
  return rest;
}

/** A path that begins with a dot or a slash is relative to the page, not to the script of the worker. */
export function absolute(source: string): string {
  const relative = typeof document === 'object' && /^\.{0,2}\//.test(source);
  return relative ? new URL(source, document.baseURI).href : source;
}

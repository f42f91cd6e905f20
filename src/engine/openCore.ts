import { type CoreOptions, type Engine, openEngine } from '../wasm/engine.ts';
import { corePlatform, givenEngines } from './coreSource.ts';

/**
 * Opens a core: the one way for models, for the dequantizer and for the resizer.
 *
 * @throws `UnsupportedRuntime`, `InvalidArgument`, `OutOfMemory`; `FileSystem` or `Network` when the core cannot be read
 */
export function openCore(options: CoreOptions = {}): Promise<Engine> {
  const cores = givenEngines();
  // threads that the host starts need a core for threads as well
  const isSingle = cores.length > 0 && !cores.some((file) => file.includes('threads'));
  return openEngine(corePlatform(), isSingle ? { ...options, startThread: undefined } : options);
}

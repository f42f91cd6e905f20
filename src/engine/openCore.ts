import { type CoreOptions, type Engine, openEngine } from '../wasm/engine.ts';
import { corePlatform } from './coreSource.ts';

/**
 * Opens a core: the one way for models, for the dequantizer and for the resizer.
 *
 * @throws `UnsupportedRuntime`, `InvalidArgument`, `OutOfMemory`; `FileSystem` or `Network` when the core cannot be read
 */
export function openCore(options: CoreOptions = {}): Promise<Engine> {
  return openEngine(corePlatform(), options);
}

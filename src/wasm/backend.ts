import type { Backend, MapOps, RowOps } from '../backend.ts';
import type { Dispatch } from './dispatch.ts';
import type { Kernels } from './kernels.ts';
import type { WasmKinds } from './kinds.ts';
import { mapOps } from './mapOps.ts';
import { rowOps } from './rowOps.ts';
import { WasmStore } from './store.ts';

/** The {@link Backend} on the WebAssembly core: a store of linear memory, and ops that call kernels on it. */
export type WasmBackend = WasmStore & RowOps<WasmKinds> & MapOps<WasmKinds> & Backend<WasmKinds>;

export function wasmBackend(kernels: Kernels, memory: WebAssembly.Memory, dispatch: Dispatch): WasmBackend {
  const store = new WasmStore(kernels, memory, dispatch);
  return Object.assign(store, rowOps(store), mapOps(store), { name: 'wasm', dispose: () => dispatch.dispose() });
}

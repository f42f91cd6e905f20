import type { QuantizedDtype } from '../backend.ts';
import { corePlatform } from '../engine/coreSource.ts';
import { WasmBackend } from '../wasm/backend.ts';
import { openEngine } from '../wasm/engine.ts';
import type { Dequantize } from './quantizedTensors.ts';

/** Reads quantised rows as f32 by the core that packs them, in an instance of its own: what they mean stands there alone. */
export async function openDequantizer(dtype: QuantizedDtype): Promise<Dequantize> {
  const { kernels, memory, dispatch } = await openEngine(corePlatform(), { threads: 1 });
  const backend = new WasmBackend(kernels, memory, dispatch);
  const mark = backend.mark();
  return (rows, k) => {
    const n = rows.scales.length;
    backend.reset(mark);
    const w = backend.reserveLinear(n, k, dtype);
    backend.commit();
    backend.putQuantizedRows(w, 0, rows);
    return backend.readRows(w, 0, n);
  };
}

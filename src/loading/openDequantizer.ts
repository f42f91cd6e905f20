import type { QuantizedDtype } from '../dtype.ts';
import { openCore } from '../engine/coreSource.ts';
import { wasmBackend } from '../wasm/backend.ts';
import type { Dequantize } from './quantizedTensors.ts';

/** Dequantizes rows with the kernels that pack them, in a core of its own: the formats are defined there and nowhere else. */
export async function openDequantizer(dtype: QuantizedDtype): Promise<Dequantize> {
  const { kernels, memory, dispatch } = await openCore({ threads: 1 });
  const backend = wasmBackend(kernels, memory, dispatch);
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

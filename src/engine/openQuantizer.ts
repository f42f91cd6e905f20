import type { Quantizer } from '../backend.ts';
import type { QuantizedDtype } from '../dtype.ts';
import { wasmBackend } from '../wasm/backend.ts';
import { openCore } from './openCore.ts';

/** The kernels that quantize and pack rows, in a core of its own: the formats are defined there and nowhere else. */
export async function openQuantizer(dtype: QuantizedDtype): Promise<Quantizer> {
  const { kernels, memory, dispatch } = await openCore({ threads: 1 });
  const backend = wasmBackend(kernels, memory, dispatch);
  const mark = backend.mark();
  const layer = (n: number, k: number) => {
    backend.reset(mark);
    const w = backend.reserveLinear(n, k, dtype);
    backend.commit();
    return w;
  };
  return {
    quantize(rows, k) {
      const n = rows.length / k;
      const w = layer(n, k);
      backend.putRows(w, 0, rows);
      return backend.readQuantizedRows(w, 0, n);
    },
    dequantize(rows, k) {
      const n = rows.scales.length;
      const w = layer(n, k);
      backend.putQuantizedRows(w, 0, rows);
      return backend.readRows(w, 0, n);
    },
  };
}

// The exports of the core, nothing else; src/wasm/kernels.ts documents each.

/** First byte the host may use. */
export const heapBase: usize = __heap_base;

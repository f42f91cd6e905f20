// Relaxed instructions become different machine code on different processors. The host probes which (core-as/probes.ts,
// src/wasm/forms.ts) and sets these variables in every instance of the core. No result depends on them.

/** Whether the integer micro-kernel of the relaxed build multiplies by pairs: microkernel_q8.ts. */
export let dot_by_pairs: i32 = 0;

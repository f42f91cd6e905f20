// node bench/lab/packing.mjs: nanoseconds a weight to pack 768 × 3072 weights, best of five, in the engine that runs this.
import { readFileSync } from 'node:fs';

const file = ['relaxed', 'strict'].map((v) => readFileSync(`dist/core.${v}.wasm`)).find((b) => WebAssembly.validate(b));
const core = new WebAssembly.Instance(new WebAssembly.Module(file)).exports;
const [n, k] = [768, 3072];
core.memory.grow(512);
const src = (core.heapBase.value + 63) & ~63;
const weights = new Float32Array(core.memory.buffer, src, n * k);
for (let i = 0; i < weights.length; i++) weights[i] = (Math.imul(i, 2654435761) >> 8) / (1 << 23);
for (const [dtype, name] of ['f32', 'f16', 'bf16', 'q8', 'q4'].entries()) {
  const times = Array.from({ length: 5 }, () => {
    const started = performance.now();
    core.pack(0, n, src + 4 * n * k, src, n, k, dtype);
    return performance.now() - started;
  });
  const bytes = core.linear_bytes(n, k, dtype) / (n * k);
  console.log(`${name}: ${((Math.min(...times) * 1e6) / (n * k)).toFixed(2)} ns and ${bytes.toFixed(3)} byte a weight`);
}

import type { Graph } from './graph.ts';

/**
 * x·W as `onnxruntime.quantization.quantize_dynamic` writes it by default: activations to u8 by the range of the whole
 * tensor, once for all products that read them; weights symmetric to i8 with one scale for the whole tensor.
 */
export function dynamicProduct(
  graph: Graph,
  quantized: Map<string, string[]>,
  x: string,
  weight: Float32Array, // [k, n]
  dims: readonly [number, number],
): string {
  if (!quantized.has(x)) quantized.set(x, graph.multiNode('DynamicQuantizeLinear', [x], 3));
  const [q, scale, zero] = quantized.get(x)!;
  // f32 throughout, as the quantizer computes
  const step = Math.fround(weight.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 127) || 1;
  const bytes = Int8Array.from(weight, (value) => roundHalfEven(Math.fround(value / step)));
  const columns = graph.constant('int8', dims, bytes);
  const noZero = graph.constant('int8', [], new Int8Array(1));
  const sums = graph.node('MatMulInteger', [q, columns, zero, noZero]);
  const factor = graph.node('Mul', [scale, graph.floats([], [step])]);
  return graph.node('Mul', [graph.node('Cast', [sums], { to: 1 }), factor]);
}

function roundHalfEven(x: number): number {
  const low = Math.floor(x);
  const rest = x - low;
  return rest > 0.5 || (rest === 0.5 && low % 2 !== 0) ? low + 1 : low;
}

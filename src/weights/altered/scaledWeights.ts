import { BeitError, check } from '../../errors.ts';
import { named, quoted } from '../../quoted.ts';
import type { Checkpoint, TensorInfo } from '../checkpoint.ts';
import type { DtypeName } from '../dtype.ts';
import { type Alteration, alteredCheckpoint, readTensors } from './alteredCheckpoint.ts';
import { type ScaledTensor, scaling } from './scaling.ts';

/**
 * Where a quantizer stores the integers or short floats of a layer, their scales and their zero points, by what follows the
 * layer's name.
 */
interface Layout {
  readonly scheme: string;
  readonly data: string;
  readonly scale: string;
  readonly zero?: string;
  /** Beside them, and of no use here: activations are not quantized. */
  readonly unused: readonly string[];
  /** What scales are divided by. */
  readonly divisor?: number;
}

const ACTIVATIONS = ['.input_scale', '.output_scale', '.input_zero_point', '.input_scale_ub', '.activation_scale'];
const LAYOUTS: readonly Layout[] = [
  { scheme: 'bitsandbytes', data: '.weight', scale: '.SCB', unused: ['.weight_format'], divisor: 127 },
  { scheme: 'scales', data: '.weight', scale: '.weight_scale', zero: '.weight_zero_point', unused: ACTIVATIONS },
  { scheme: 'block scales', data: '.weight', scale: '.weight_scale_inv', unused: ACTIVATIONS },
  { scheme: 'torchao', data: '._weight_qdata', scale: '._weight_scale', zero: '._weight_zero_point', unused: [] },
  { scheme: 'quanto', data: '.weight._data', scale: '.weight._scale', unused: ACTIVATIONS },
];
const QUANTIZED: readonly DtypeName[] = ['I8', 'F8_E4M3', 'F8_E5M2'];

/** Names that only one quantizer writes, and what its weights are. */
const UNREADABLE: readonly (readonly [RegExp, string])[] = [
  [/\.weight\.quant_state\.bitsandbytes__(\w+)$/, 'by bitsandbytes in 4 bits ($1)'],
  [/\.weight\.(?:absmax|quant_map)$/, 'by bitsandbytes in 4 or 8 bits, block by block'],
  [/\.(?:qweight|qzeros)$/, 'by GPTQ or AWQ (packed integers)'],
  [/\.(?:weight_packed|weight_global_scale)$/, 'by compressed-tensors in packed integers'],
  [/\.weight\._shift$/, 'by quanto in 2 or 4 bits'],
  [/\.weight_(?:blocks|scales)$/, 'in MXFP4'],
  [/:(?:qdata|scale|zero_point)$/, 'by torchao in the layout of its earlier versions'],
  [/\.W_q$/, 'by HQQ'],
];

/** What `quantization_config` of a config says, as far as it is needed here. */
interface QuantizationConfig {
  readonly quant_method?: unknown;
  readonly weight_block_size?: unknown;
}

/**
 * A checkpoint whose weights another library quantized, seen as f32: integers and 8-bit floats times their scales, of a
 * tensor, of rows, of blocks or of groups (bitsandbytes int8, compressed-tensors, fp8 of transformers, torchao, quanto).
 * Others, and those that this library writes, come back as they are.
 *
 * @throws `UnsupportedFormat` naming the scheme that is not read here.
 * @example
 * const readable = await scaledWeights(checkpoint, json.quantization_config);
 */
export async function scaledWeights(checkpoint: Checkpoint, quantization: unknown): Promise<Checkpoint> {
  const config = Object(quantization) as QuantizationConfig;
  checkReadable(checkpoint, config);
  const layers = layersOf(checkpoint);
  checkComplete(checkpoint, layers, config);
  if (layers.length === 0) return checkpoint;
  const hidden = new Set(layers.flatMap(({ sides }) => sides));
  const values = await readTensors(checkpoint, hidden);
  const alterations = layers.map(({ name, layer, layout }): [string, Alteration] => {
    const side = (suffix: string | undefined) => sideOf(checkpoint, values, suffix && layer + suffix);
    const format = values.get(`${layer}.weight_format`)?.[0] ?? 0;
    check(format === 0, 'UnsupportedFormat', () => {
      return `Cannot read ${quoted(name)}: bitsandbytes stored it in layout ${format}; save it again, in rows`;
    });
    const alter = scaling(
      { name, shape: checkpoint.tensors.get(name)!.shape, scale: side(layout.scale)!, zero: side(layout.zero) },
      { divisor: layout.divisor ?? 1, block: config.weight_block_size },
    );
    return [name, { name: `${layer}.weight`, alter }];
  });
  return alteredCheckpoint(checkpoint, new Map(alterations), hidden);
}

/** Matrices of integers that no layout explains belong to a scheme that the config names. */
function checkComplete(
  { file, tensors }: Checkpoint,
  layers: readonly Layer[],
  { quant_method }: QuantizationConfig,
): void {
  if (typeof quant_method !== 'string') return;
  const known = new Set(layers.flatMap(({ name, sides }) => [name, ...sides]));
  const left = [...tensors].find(([name, { dtype, shape }]) => {
    return shape.length > 1 && (dtype === 'U8' || QUANTIZED.includes(dtype)) && !known.has(name);
  });
  check(!left, 'UnsupportedFormat', () => {
    const [name, { dtype }] = left!;
    return `Cannot read "${file}": quantization_config says ${quoted(quant_method)}, which stores ${quoted(name)} (${dtype}) in a way that is not read here; dequantize the model in Python and save it again`;
  });
}

function sideOf(
  { tensors }: Checkpoint,
  values: ReadonlyMap<string, Float32Array>,
  name: string | undefined,
): ScaledTensor['zero'] {
  const info = name && tensors.get(name);
  return info ? { values: values.get(name)!, ...info } : undefined;
}

interface Layer {
  /** Of the tensor. */
  readonly name: string;
  readonly layer: string;
  readonly layout: Layout;
  readonly sides: readonly string[];
}

function layersOf({ tensors }: Checkpoint): Layer[] {
  return [...tensors].flatMap(([name, info]) => layerOf(name, info, tensors) ?? []);
}

function layerOf(name: string, { dtype }: TensorInfo, tensors: ReadonlyMap<string, TensorInfo>): Layer | null {
  if (!QUANTIZED.includes(dtype)) return null;
  for (const layout of LAYOUTS) {
    const layer = name.slice(0, -layout.data.length);
    if (!name.endsWith(layout.data) || !tensors.has(layer + layout.scale)) continue;
    const suffixes = [layout.scale, ...(layout.zero ? [layout.zero] : []), ...layout.unused];
    const sides = suffixes.map((suffix) => layer + suffix).filter((side) => tensors.has(side));
    return { name, layer, layout, sides };
  }
  return null;
}

function checkReadable({ file, tensors }: Checkpoint, config: QuantizationConfig): void {
  for (const [pattern, what] of UNREADABLE) {
    const name = [...tensors.keys()].find((each) => pattern.test(each));
    if (name === undefined) continue;
    const [match, detail = ''] = pattern.exec(name)!;
    const method =
      typeof config.quant_method === 'string' ? `; quantization_config says ${named(config.quant_method)}` : '';
    throw new BeitError(
      'UnsupportedFormat',
      `Cannot read "${file}": its weights are quantized ${what.replace('$1', detail)}, as "…${match}" shows${method}; dequantize the model in Python and save it again`,
    );
  }
}

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
/** What a scheme that is not read here may store its weights in; position indices and counters are I64. */
const PACKED: readonly DtypeName[] = ['U8', 'I16', 'U16', 'I32', 'U32', 'F4', 'F8_E4M3FNUZ', 'F8_E5M2FNUZ'];

/** Names that only one quantizer writes, and what its weights are. */
const UNREADABLE: readonly (readonly [RegExp, string])[] = [
  [/\.weight\.quant_state\.bitsandbytes__(\w+)$/, 'by bitsandbytes in 4 bits ($1)'],
  [/\.weight\.(?:absmax|quant_map)$/, 'by bitsandbytes in 4 or 8 bits, block by block'],
  [/\.(?:qweight|qzeros)$/, 'by GPTQ, AWQ or a library like them (packed integers)'],
  [/\.(?:weight_packed|weight_global_scale)$/, 'by compressed-tensors in packed integers'],
  [/\.weight\._shift$/, 'by quanto in 2 or 4 bits'],
  [/\.weight_blocks$/, 'in MXFP4'],
  [/\.weight_scale_2$/, 'in NVFP4'],
  [/\.weight_scales$/, 'by EETQ or a library like it (scales in a layout that is not known)'],
  [/\.q?biases$/, 'by MLX (packed integers)'],
  [/:(?:qdata|scale|zero_point)$/, 'by torchao in the layout of its earlier versions'],
  [/\.W_q$/, 'by HQQ or SINQ'],
];

/** What `quantization_config` of a config says, as far as it is needed here. */
interface QuantizationConfig {
  readonly quant_method?: unknown;
  readonly weight_block_size?: unknown;
  readonly transform_config?: unknown;
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
  const sides = new Set(layers.flatMap((each) => each.sides));
  const values = await readTensors(checkpoint, sides);
  const alterations = layers.map(({ name, layer, layout }): [string, Alteration] => {
    const side = (suffix: string | undefined) => sideOf(checkpoint, values, suffix && layer + suffix);
    const format = values.get(`${layer}.weight_format`)?.[0] ?? 0;
    check(format === 0, 'UnsupportedFormat', () => {
      return `Cannot read ${quoted(name)}: bitsandbytes stored it in layout ${format}; save it again, in rows`;
    });
    const alter = scaling(
      { name, ...checkpoint.tensors.get(name)!, scale: side(layout.scale)!, zero: side(layout.zero) },
      { divisor: layout.divisor ?? 1, block: config.weight_block_size },
    );
    return [name, { name: `${layer}.weight`, alter }];
  });
  // modules without weights have scales of activations too
  const ofActivations = [...checkpoint.tensors.keys()].filter((name) => ACTIVATIONS.some((end) => name.endsWith(end)));
  return alteredCheckpoint(checkpoint, new Map(alterations), new Set([...sides, ...ofActivations]));
}

/** What no layout explains belongs to a scheme that the config or a name tells. @throws `UnsupportedFormat` */
function checkComplete(
  { file, tensors }: Checkpoint,
  layers: readonly Layer[],
  { quant_method, transform_config }: QuantizationConfig,
): void {
  const known = new Set(layers.flatMap(({ name, sides }) => [name, ...sides]));
  const method = typeof quant_method === 'string' ? quant_method : null;
  for (const [name, { dtype, shape }] of tensors) {
    if (known.has(name)) continue;
    const isMatrix = shape.length > 1 && QUANTIZED.includes(dtype);
    const scheme =
      method !== null && (isMatrix || (shape.length > 0 && PACKED.includes(dtype)))
        ? `quantization_config says ${quoted(method)}, which stores`
        : schemeOf(name, dtype, tensors);
    check(scheme === null, 'UnsupportedFormat', () => {
      return `Cannot read "${file}": ${scheme} ${quoted(name)} (${dtype}) in a way that is not read here; dequantize the model in Python and save it again`;
    });
  }
  const groups = (Object(transform_config) as { config_groups?: unknown }).config_groups;
  check(Object.keys(Object(groups)).length === 0, 'UnsupportedFormat', () => {
    return `Cannot read "${file}": transform_config of quantization_config turns activations, which is not computed here; undo it in Python and save the model again`;
  });
}

/** Whose weights these are, where no config says it; null for those of a plain model. */
function schemeOf(name: string, dtype: DtypeName, tensors: ReadonlyMap<string, TensorInfo>): string | null {
  const layout = LAYOUTS.find(({ data, scale }) => {
    return name.endsWith(data) && tensors.has(name.slice(0, -data.length) + scale);
  });
  if (!layout) return null;
  if (layout.data !== '.weight') return `${layout.scheme} stores`;
  return PACKED.includes(dtype) ? 'a library that quantizes stores' : null;
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
  for (const layout of LAYOUTS) {
    const layer = name.slice(0, -layout.data.length);
    if (!name.endsWith(layout.data) || !tensors.has(layer + layout.scale)) continue;
    // bytes without a sign say by their zero points what they mean
    const isUnsigned = dtype === 'U8' && layout.zero !== undefined && tensors.has(layer + layout.zero);
    if (!isUnsigned && !QUANTIZED.includes(dtype)) continue;
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

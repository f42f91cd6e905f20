import { check } from '../errors.ts';
import { jsonText } from '../json.ts';
import { type CreateFile, fileMaker, writeText } from '../loading/createFile.ts';
import type { BeitConfig } from '../model/beit/config/config.ts';
import type { Slot } from '../model/beit/params/slot.ts';
import { quoted } from '../quoted.ts';
import { RandomStream } from '../randomStream.ts';
import { fromFloat32 } from '../weights/save/fromFloat32.ts';
import { saveSafetensors } from '../weights/save/saveSafetensors.ts';
import type { TrainParameters } from './model/trainParameters.ts';
import { type AdapterNaming, type LoraTarget, peftName, TARGETS, targetModules } from './peftNames.ts';
import type { TrainSession } from './trainSession.ts';

/** Low-rank adapters: W·x + (alpha/rank)·B·(A·x), of which A and B are trained and W is not. */
export interface LoraOptions {
  /** Default 8. */
  readonly rank?: number | undefined;
  /** Default twice the rank. */
  readonly alpha?: number | undefined;
  /** Default `['query', 'value']`. */
  readonly targets?: readonly LoraTarget[] | undefined;
}

/** Canonical names of A and B begin with this. */
export const LORA = 'lora.';

interface Shape {
  readonly rank: number;
  readonly alpha: number;
  readonly targets: readonly LoraTarget[];
}

/** The options with their defaults. @throws `InvalidArgument` */
export function loraShape({ rank = 8, alpha = 2 * rank, targets = ['query', 'value'] }: LoraOptions): Shape {
  check(Number.isInteger(rank) && rank > 0, 'InvalidArgument', () => {
    return `Invalid rank: expected a positive integer, got ${quoted(rank)}`;
  });
  check(Number.isFinite(alpha), 'InvalidArgument', () => `Invalid alpha: expected a number, got ${quoted(alpha)}`);
  const stray = targets.find((target) => !(target in TARGETS));
  check(stray === undefined && targets.length > 0, 'InvalidArgument', () => {
    return `Invalid targets: expected some of ${Object.keys(TARGETS).join(', ')}, got ${quoted(stray ?? targets)}`;
  });
  return { rank, alpha, targets };
}

/** Reserves adapters beside the layers they belong to. */
export function addAdapters(parameters: TrainParameters, depth: number, options: LoraOptions): void {
  const { rank, alpha, targets } = loraShape(options);
  for (let block = 0; block < depth; block++)
    for (const target of targets) addAdapter(parameters, `encoder.layer.${block}.${TARGETS[target][0]}`, rank, alpha);
}

/** Beside one layer, by its canonical path. */
export function addAdapter(parameters: TrainParameters, path: string, rank: number, alpha: number): void {
  const { machine } = parameters;
  const { layer, firstRow, rows } = parameters.matrices.get(`${path}.weight`)!;
  const [a, b] = [machine.reserveLinear(rank, layer.k), machine.reserveLinear(rows, rank)];
  parameters.rows(`${LORA}${path}.lora_A.weight`, [rank, layer.k], a);
  parameters.rows(`${LORA}${path}.lora_B.weight`, [rows, rank], b);
  parameters.scaled.add(b);
  machine.adapt(layer, { begin: firstRow, end: firstRow + rows, a, b });
  const lambda = [...parameters.scales].find(([, owner]) => owner === path)?.[0];
  parameters.onFinish(() => {
    const scales = lambda ? parameters.vectors.get(lambda)! : new Float32Array(rows).fill(1);
    machine.putVectors(a, null, null);
    machine.putVectors(
      b,
      scales.map((scale) => (alpha / rank) * scale),
      null,
    );
  });
}

/** A uniform in ±1/√k and B zero, as PEFT begins. */
export function initializeAdapters({ parameters }: TrainSession, seed: number): void {
  let index = 0;
  for (const [name, slot] of parameters.slots) {
    if (!name.startsWith(LORA)) continue;
    const random = new RandomStream(seed, index++, PURPOSE_ADAPTERS);
    const [rows, cols] = slot.shape;
    const bound = 1 / Math.sqrt(cols);
    const isA = name.endsWith('lora_A.weight');
    slot.put(
      Float32Array.from({ length: rows * cols }, () => (isA ? bound * (2 * random.uniform() - 1) : 0)),
      0,
    );
  }
}

/** Of streams of random numbers. */
const PURPOSE_ADAPTERS = 1_000_002;

/** The slots of a model as they are saved: adapters added to the weights they belong to, W + (alpha/rank)·B·A. */
export function mergedSlots({ parameters }: TrainSession, options: LoraOptions | null): Map<string, Slot> {
  const plain = [...parameters.slots].filter(([name]) => !name.startsWith(LORA));
  if (!options) return new Map(plain);
  const { rank, alpha } = loraShape(options);
  return new Map(
    plain.map(([name, slot]) => {
      const [a, b] = ['A', 'B'].map((part) => `${LORA}${name.replace(/weight$/, `lora_${part}.weight`)}`);
      if (!parameters.slots.has(a)) return [name, slot];
      return [name, mergedSlot(slot, parameters.slots.get(a)!, parameters.slots.get(b)!, alpha / rank)];
    }),
  );
}

function mergedSlot(slot: Slot, a: Slot, b: Slot, scale: number): Slot {
  const [rank, cols] = a.shape;
  const get = async (begin: number, end: number) => {
    const weights = (await slot.get(begin, end)).slice();
    const [as, bs] = [await a.get(0, rank * cols), await b.get((begin / cols) * rank, (end / cols) * rank)];
    return weights.map((weight, i) => {
      let sum = 0;
      for (let r = 0; r < rank; r++) sum += bs[Math.floor(i / cols) * rank + r] * as[r * cols + (i % cols)];
      return weight + scale * sum;
    });
  };
  return { ...slot, get };
}

/**
 * Writes `adapter_config.json` and `adapter_model.safetensors` as PEFT reads them, the classifier included.
 *
 * @throws `InvalidArgument`, `FileSystem`
 */
export async function saveAdapter(
  session: TrainSession,
  options: LoraOptions,
  target: string | CreateFile,
  naming: AdapterNaming = 'transformers4',
): Promise<string[]> {
  check(naming === 'transformers4' || naming === 'transformers5', 'InvalidArgument', () => {
    return `Invalid naming: expected transformers4 or transformers5, got ${quoted(naming)}`;
  });
  const { config } = session;
  const create = await fileMaker(target);
  const kept = [...session.parameters.slots].filter(([name]) => /^(lora|classifier)\./.test(name));
  const entries = kept.map(([name, slot]) => ({
    name: peftName(name, config, naming),
    dtype: 'F32' as const,
    shape: slot.shape,
    async *data() {
      yield fromFloat32(
        'F32',
        await slot.get(
          0,
          slot.shape.reduce((x, y) => x * y, 1),
        ),
      );
    },
  }));
  await writeText(create, 'adapter_config.json', jsonText(adapterConfig(options, config, naming)));
  const asAdapter: CreateFile = (name) => create(name === 'model.safetensors' ? 'adapter_model.safetensors' : name);
  await saveSafetensors(entries, asAdapter, { metadata: { format: 'pt' } });
  return ['adapter_config.json', 'adapter_model.safetensors'];
}

function adapterConfig(options: LoraOptions, config: BeitConfig, naming: AdapterNaming): Record<string, unknown> {
  const { rank, alpha, targets } = loraShape(options);
  return {
    alpha_pattern: {},
    auto_mapping: null,
    base_model_name_or_path: null,
    bias: 'none',
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    lora_alpha: alpha,
    lora_dropout: 0,
    modules_to_save: ['classifier'],
    peft_type: 'LORA',
    r: rank,
    rank_pattern: {},
    target_modules: targetModules(targets, config, naming),
    task_type: null,
    use_dora: false,
    use_rslora: false,
  };
}

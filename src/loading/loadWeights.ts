import type { Quantizer } from '../backend.ts';
import { BeitError, check } from '../errors.ts';
import type { Slot, Target } from '../model/beit/params/slot.ts';
import { quoted } from '../quoted.ts';
import type { Checkpoint } from '../weights/checkpoint.ts';
import type { FloatSink } from '../weights/stream/sink.ts';
import { type CheckpointNames, checkpointNames } from './checkpointNames.ts';
import {
  isQuantized,
  keepsQuantized,
  quantizedDtype,
  quantizedMisfit,
  quantizedSink,
  scaledBy,
  scaleSink,
} from './quantizedTensors.ts';

/** What a checkpoint lacks of a model, and what it has beyond it. */
export interface LoadReport {
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
  /** What was taken off the names, such as `net.`; '' for none. */
  readonly prefix: string;
}

/** Slots by canonical name, and the slots that replace several others (a fused qkv for its three parts). */
export interface SlotMap {
  readonly slots: ReadonlyMap<string, Slot>;
  readonly fused: ReadonlyMap<string, { readonly slot: Target; readonly covers: readonly string[] }>;
}

/** What fits a tensor of another shape into `slot`, or null unless it is a position table. */
export type ResizeTable = (name: string, shape: readonly number[], slot: Target) => Target | null;

interface Found {
  readonly slot: Target;
  readonly covers: readonly string[];
}

const SHARED = /^encoder\.relative_position_bias\.(.*)$/;
/** What has to have its place, or else the block is another one. */
const OF_BLOCK = /^(?:encoder\.|blocks\.\d|layers\.\d|embeddings\.(?!mask_token$))/;
/** What quantizers call what they add to a layer. */
const OF_QUANTIZERS = /scale|zero_?point|quant|amax|absmax|g_idx|codebook/i;
const FLOATS: readonly string[] = ['F64', 'F32', 'F16', 'BF16', 'F8_E4M3', 'F8_E5M2'];
const PER_LAYER = /^encoder\.layer\.\d+\.attention\.attention\.relative_position_bias\.(.*)$/;

/**
 * Which slots every tensor of `checkpoint` fills, and whether no slot is filled by two. A table shared by all layers fills the
 * tables of the layers when the model has no shared one: that is how a pre-trained BEiT is fine-tuned.
 *
 * @throws `CheckpointMismatch` naming up to five tensors whose shape does not fit, and their count.
 */
export function matchSlots(
  checkpoint: Checkpoint,
  { canonical: names, prefix, isAveraged }: CheckpointNames,
  map: SlotMap,
  resize: ResizeTable | null = null,
  useEma = false,
): { targets: Map<string, Target[]>; report: LoadReport; isFilledOnce: boolean } {
  check(!useEma || checkpoint.format === 'torch' || isAveraged, 'CheckpointMismatch', () => {
    return `Cannot load the weights: "${checkpoint.file}" holds no running mean of them, which useEma asks for`;
  });
  const present = new Set(names.values());
  const targets = new Map<string, Target[]>();
  const filled = new Set<string>();
  let isFilledOnce = true;
  const unexpected: string[] = [];
  const misfits: string[] = [];
  const integers: string[] = [];
  for (const [name, canonical] of names) {
    if (canonical === null || scaledBy(name, checkpoint) !== null) continue;
    const found = slotsFor(canonical, map, present);
    if (found.length === 0) unexpected.push(name);
    const { shape, dtype } = checkpoint.tensors.get(name)!;
    if (found.length > 0 && !FLOATS.includes(dtype) && !isQuantized(name, checkpoint))
      integers.push(`${quoted(name)} (${dtype})`);
    const fitting = found.map(({ slot, covers }) => {
      isFilledOnce &&= !covers.some((covered) => filled.has(covered));
      for (const covered of covers) filled.add(covered);
      if (isQuantized(name, checkpoint)) {
        const misfit = quantizedMisfit(name, slot, checkpoint);
        if (misfit) misfits.push(misfit);
        return slot;
      }
      if (sameSize(shape, slot.shape)) return slot;
      const resized = resize?.(canonical, shape, slot);
      if (!resized) misfits.push(`${quoted(name)}: expected [${slot.shape}], got [${shape}]`);
      return resized ?? slot;
    });
    targets.set(name, fitting);
  }
  refuse('tensors are integers without scales, as a quantizer leaves them', integers);
  refuse('tensors have another shape', misfits);
  const missing = [...map.slots.keys()].filter((name) => !filled.has(name));
  return { targets, report: { missing, unexpected, prefix }, isFilledOnce };
}

function slotsFor(canonical: string, map: SlotMap, present: ReadonlySet<string | null>): Found[] {
  const direct = map.slots.get(canonical);
  if (direct) return [{ slot: direct, covers: [canonical] }];
  const fused = map.fused.get(canonical);
  if (fused) return [fused];
  if (!SHARED.test(canonical)) return [];
  return [...map.slots]
    .filter(([name]) => PER_LAYER.test(name) && !present.has(name))
    .map(([name, slot]) => ({ slot, covers: [name] }));
}

/** Dimensions of one do not change the order of the elements: (1, 1, D) is (D). */
function sameSize(a: readonly number[], b: readonly number[]): boolean {
  const squeeze = (shape: readonly number[]) => shape.filter((d) => d !== 1).join();
  return squeeze(a) === squeeze(b);
}

function refuse(what: string, list: string[], hint = ''): void {
  if (list.length === 0) return;
  const more = list.length > 5 ? `, and ${list.length - 5} more` : '';
  throw new BeitError(
    'CheckpointMismatch',
    `Cannot load the weights: ${list.length} ${what}: ${list.slice(0, 5).join(', ')}${more}${hint}`,
  );
}

/** Streams every tensor to its slots. @throws `CheckpointMismatch` for missing tensors unless they are allowed. */
export async function loadWeights(
  checkpoint: Checkpoint,
  map: SlotMap,
  options: {
    allowMissing?: boolean;
    /** What may be absent nevertheless: names begin so. */
    optional?: string | undefined;
    allowUnexpected?: boolean;
    useEma?: boolean;
    resize?: ResizeTable | null;
    signal?: AbortSignal;
    onBytes?: (bytes: number) => void;
  },
): Promise<LoadReport> {
  const names = await checkpointNames([...checkpoint.tensors.keys()], options.useEma);
  const { targets, report, isFilledOnce } = matchSlots(checkpoint, names, map, options.resize, options.useEma);
  const quote = (names: readonly string[]) => names.map((name) => quoted(name));
  const { canonical } = names;
  const { allowMissing, optional } = options;
  if (!allowMissing && !report.missing.every((name) => optional && name.startsWith(optional))) {
    const { insteadOf } = await import('./mismatch.ts');
    refuse('tensors are missing', quote(report.missing), insteadOf(report, canonical));
  }
  const ofBlock = report.unexpected.filter((name) => OF_BLOCK.test(canonical.get(name)!));
  const isQuantizers = ofBlock.every((name) => OF_QUANTIZERS.test(name));
  const why = isQuantizers
    ? 'a quantizer added them: dequantize the model in Python'
    : 'the config is of another model';
  const hint = `; ${why}, or the option allowUnexpected loads it without them`;
  if (!options.allowUnexpected) refuse('tensors of the blocks have no place in the model', quote(ofBlock), hint);
  const scales = new Map<string, Float32Array>();
  const quantizer = await quantizerFor(checkpoint, targets);
  await checkpoint.visit((name, info) => {
    const weight = scaledBy(name, checkpoint);
    const scaled = weight === null ? undefined : targets.get(weight);
    if (scaled) return scaled.length > 0 ? scaleSink(scales, name, info.shape[0]) : null;
    const slots = targets.get(name) ?? [];
    if (!isQuantized(name, checkpoint) || slots.length === 0) return sinkOf(slots, isFilledOnce);
    return quantizedSink(name, slots[0], scales, checkpoint, quantizer);
  }, options);
  return report;
}

/** For a model that keeps its weights in another way than the checkpoint has them; null for the others. */
async function quantizerFor(
  checkpoint: Checkpoint,
  targets: ReadonlyMap<string, readonly Target[]>,
): Promise<Quantizer | null> {
  const quantized = [...targets].filter(([name]) => isQuantized(name, checkpoint)).flatMap(([, slots]) => slots);
  if (quantized.every((slot) => keepsQuantized(slot, checkpoint))) return null;
  const { openQuantizer } = await import('../engine/openQuantizer.ts'); // few models need it
  return openQuantizer(quantizedDtype(checkpoint));
}

/** What two tensors fill has no place to be read to: one would be there before the other is taken. */
function sinkOf(slots: readonly Target[], mayHavePlace: boolean): FloatSink | null {
  if (slots.length === 0) return null;
  return {
    grain: slots[0].grain,
    place: mayHavePlace && slots.length === 1 ? slots[0].place : undefined,
    put: (chunk, offset) => {
      for (const slot of slots) slot.put(chunk, offset);
    },
  };
}

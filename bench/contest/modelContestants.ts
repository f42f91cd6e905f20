import { hasRival } from '../contestants/rivalPackage.ts';
import type { ModelJob } from '../contestants/serve.ts';
import { hasRelaxed, hasWideVectors, newestNode, oldestNode, v8Flags } from '../engines.ts';
import type { PreparedModel } from '../models/prepare.ts';
import type { Contestant } from './contestantProcess.ts';

/** What a contestant computes and in what. */
interface Entry {
  readonly name: string;
  readonly dtype: string;
  readonly threads?: number;
  readonly simd?: ModelJob['simd'];
  readonly arithmetic?: ModelJob['arithmetic'];
  readonly wideVectors?: boolean;
  readonly node?: string;
  readonly rival?: 'onnxruntime-web' | 'onnxruntime-node' | 'pytorch';
}

/** The pixels that go through the model. */
export interface Input {
  readonly pixels: string;
  readonly images: number;
  readonly size: number;
}

const RIVALS: readonly Entry[] = [
  { name: 'onnxruntime-web f32', dtype: 'f32', rival: 'onnxruntime-web' },
  { name: 'onnxruntime-web f32, 2 threads', dtype: 'f32', threads: 2, rival: 'onnxruntime-web' },
  { name: 'onnxruntime-web int8', dtype: 'int8', rival: 'onnxruntime-web' },
  { name: 'onnxruntime-web int8, 2 threads', dtype: 'int8', threads: 2, rival: 'onnxruntime-web' },
  { name: 'onnxruntime-node f32', dtype: 'f32', rival: 'onnxruntime-node' },
  { name: 'onnxruntime-node int8', dtype: 'int8', rival: 'onnxruntime-node' },
  { name: 'PyTorch f32', dtype: 'f32', rival: 'pytorch' },
];

function ours(fused: boolean): Entry[] {
  const simd = hasRelaxed ? 'relaxed' : 'strict';
  return [
    { name: 'ours f32', dtype: 'f32' },
    { name: 'ours f32, 2 threads', dtype: 'f32', threads: 2 },
    ...(fused ? [{ name: 'ours fused f32', dtype: 'f32', arithmetic: 'fused' as const }] : []),
    ...(hasWideVectors ? [{ name: 'ours f32, wide vectors', dtype: 'f32', wideVectors: true }] : []),
    ...(fused && hasWideVectors
      ? [{ name: 'ours fused f32, wide vectors', dtype: 'f32', arithmetic: 'fused' as const, wideVectors: true }]
      : []),
    { name: 'ours q8', dtype: 'q8', simd },
    ...(hasWideVectors ? [{ name: 'ours q8, wide vectors', dtype: 'q8', wideVectors: true }] : []),
    { name: 'ours q8, 2 threads', dtype: 'q8', simd, threads: 2 },
    { name: 'ours q8 strict', dtype: 'q8', simd: 'strict' },
    ...(oldestNode === newestNode
      ? []
      : [{ name: 'ours q8 strict, Node 20', dtype: 'q8', simd: 'strict' as const, node: oldestNode }]),
    { name: 'ours q4', dtype: 'q4', simd },
    { name: 'ours f16', dtype: 'f16' },
  ];
}

/** Everybody who can start here, in the order in which they run. */
export function modelContestants(
  model: PreparedModel,
  input: Input,
  { python, fused }: { readonly python: string | undefined; readonly fused: boolean },
): Contestant[] {
  const present = ({ rival }: Entry) => !rival || (rival === 'pytorch' ? Boolean(python) : hasRival(rival));
  return [...ours(fused), ...RIVALS].filter(present).map((entry) => {
    const { name, dtype, threads = 1, simd = 'auto', arithmetic = 'strict', wideVectors, node = newestNode } = entry;
    const onnx = dtype === 'int8' ? model.onnxInt8 : model.onnx;
    const job: ModelJob = { folder: model.folder, onnx, ...input, threads, dtype, simd, arithmetic, wideVectors };
    return { name, command: commandOf(entry.rival, node, JSON.stringify(job), python) };
  });
}

function commandOf(rival: Entry['rival'], node: string, job: string, python?: string): string[] {
  if (rival === 'pytorch') return [python!, 'bench/contestants/pytorch.py', job];
  const script = `build/bench/bench/contestants/${rival ? 'onnxruntime' : 'ours'}.mjs`;
  return [node, ...v8Flags, script, job, ...(rival ? [rival] : [])];
}

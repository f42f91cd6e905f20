import type { WasmKinds } from '../../wasm/kinds.ts';
import type { TrainBackend } from '../engine/trainBackend.ts';
import type { LossGradient } from '../losses.ts';
import type { TrainHead } from '../model/heads/trainHead.ts';
import type { OutputLoss, OutputValues } from '../trainSessionOptions.ts';

/** Outputs and loss of a head over what it has read. */
export interface HeadResult {
  readonly loss: number;
  readonly outputs: OutputValues;
}

/** How a head goes forward and back. */
export interface HeadPass {
  readonly lossOf: (outputs: OutputValues) => OutputLoss;
  /** Of the gradients. */
  readonly scale: number;
  /** Whether the gradient goes on below the head. */
  readonly goesOn: boolean;
}

/** Outputs, loss, and back to what the head read. */
export function passHead(
  backend: TrainBackend,
  head: TrainHead<WasmKinds>,
  { lossOf, scale, goesOn }: HeadPass,
): HeadResult {
  const outputs = headOutputs(backend, head);
  const { loss, gradients } = lossOf(outputs);
  for (const [name, { gradient }] of Object.entries(head.outputs)) {
    const given = gradients[name];
    if (given) backend.write(gradient, scale === 1 ? given : given.map((d) => d * scale));
    else backend.clear(gradient);
  }
  head.classifyBackward(backend, goesOn);
  return { loss, outputs };
}

/** Forward alone. */
export function headOutputs(backend: TrainBackend, head: TrainHead<WasmKinds>): OutputValues {
  head.classify(backend);
  return Object.fromEntries(Object.entries(head.outputs).map(([name, { value }]) => [name, backend.readNow(value)]));
}

/** The loss of a class whose one output are logits. */
export const ofLogits =
  (lossOf: (logits: Float32Array) => LossGradient) =>
  ({ logits }: OutputValues): OutputLoss => {
    const { loss, dLogits } = lossOf(logits);
    return { loss, gradients: { logits: dLogits } };
  };

import type { Architecture, ModelParts } from '../../model/beit/architecture.ts';
import type { BeitConfig } from '../../model/beit/config/config.ts';
import { beitParams } from '../../model/beit/params/beitParams.ts';
import type { WasmKinds } from '../../wasm/kinds.ts';
import type { TrainBackend } from '../engine/trainBackend.ts';
import type { TrainedClass } from './heads/trainHead.ts';
import { type SharedGradients, TrainedParameters } from './trained.ts';
import { TrainParameters } from './trainParameters.ts';

/** A model in linear memory with the gradients of what is trained of it. */
export interface TrainedModel {
  readonly parts: ModelParts<WasmKinds, unknown>;
  readonly parameters: TrainParameters;
  readonly trained: TrainedParameters;
  readonly shared: SharedGradients<WasmKinds>;
  /** Bytes of the weights alone. */
  readonly weightBytes: number;
  readonly usedBlocks: number;
  /** The lowest block with a trained parameter: −1 when the embeddings or a shared table are trained too, `usedBlocks` when none is. */
  readonly lowestTrained: number;
}

/** What is reserved of a model. */
export interface ModelRequest {
  readonly config: BeitConfig;
  readonly architecture: Architecture;
  readonly trainedClass: TrainedClass;
  readonly size: { readonly height: number; readonly width: number };
  readonly isTrained: (name: string) => boolean;
  /** Whether weights that are not trained are kept as f16. */
  readonly halves: boolean;
  /** Adds parameters of its own. */
  readonly adapt: (parameters: TrainParameters) => void;
}

/** Reserves weights and gradients. */
export function reserveTrained(backend: TrainBackend, request: ModelRequest): TrainedModel {
  const { config, architecture, trainedClass } = request;
  const parameters = new TrainParameters(backend, (name) => request.halves && !request.isTrained(name));
  const body = beitParams(parameters, config, architecture.parts(config));
  const parts = { body, head: architecture.params(parameters as never, config) };
  request.adapt(parameters);
  const weightBytes = backend.allocated;
  const shared = reserveShared(backend, config, request.size);
  const usedBlocks = trainedClass.usedBlocks?.(config) ?? config.numHiddenLayers;
  const hasUse = (name: string) => {
    return isBelow(name, usedBlocks) && !STATISTIC.test(name) && (trainedClass.hasUse ?? unmasked)(name, config);
  };
  const isTrained = (name: string) => hasUse(name) && request.isTrained(name);
  const trained = new TrainedParameters(backend, parameters, body, shared, isTrained);
  const lowestTrained = lowestBlock(
    trained.tensors.map(({ name }) => name),
    usedBlocks,
  );
  return { parts, parameters, trained, shared, weightBytes, usedBlocks, lowestTrained };
}

/** The mask token of a classifier has no gradient: torch passes over it as well. */
const unmasked = (name: string) => name !== 'embeddings.mask_token';

/** What batch norms measure. */
const STATISTIC = /\.running_(?:mean|var)$/;
const BLOCK = /(?:^|\.)encoder\.layer\.(\d+)\./;

function isBelow(name: string, blocks: number): boolean {
  const block = BLOCK.exec(name);
  return block === null || Number(block[1]) < blocks;
}

function reserveShared(
  backend: TrainBackend,
  config: BeitConfig,
  { height, width }: ModelRequest['size'],
): SharedGradients<WasmKinds> {
  const { hiddenSize: dim, patchSize, numAttentionHeads: heads, numHiddenLayers: depth } = config;
  const grid = { height: Math.floor(height / patchSize), width: Math.floor(width / patchSize) };
  const distances = (2 * grid.height - 1) * (2 * grid.width - 1) + 3;
  const table = () => backend.alloc(heads, distances);
  const own = config.useRelativePositionBias;
  const one = !own && config.useSharedRelativePositionBias ? table() : null;
  return {
    grid,
    dTokens: backend.alloc(config.prefixTokens + grid.height * grid.width, dim),
    dMaskToken: backend.alloc(1, dim),
    dTables: Array.from({ length: depth }, () => (own ? table() : one)),
  };
}

function lowestBlock(names: readonly string[], usedBlocks: number): number {
  if (names.some((name) => /^(embeddings\.|encoder\.relative)/.test(name))) return -1;
  const blocks = names.flatMap((name) => {
    const block = BLOCK.exec(name);
    return block ? [Number(block[1])] : [];
  });
  return Math.min(usedBlocks, ...blocks);
}

import type { Backend, Kinds } from '../../../../backend.ts';
import type { Grid } from '../../../../interpolate.ts';
import type { BeitConfig } from '../../config/config.ts';
import type { ForwardOps } from '../../forward.ts';
import type { Parameters } from '../../params/parameters.ts';
import { conv1x1, conv3x3, stridedConv3x3, transposedConv } from '../segmentation/convolution.ts';
import { allocBordered, allocMap, type Map2d, mapIn, phase, scaled, tapOf } from '../segmentation/featureMaps.ts';
import type { DepthFields } from './depthFields.ts';

type Linear = Kinds['linear'];

/** What makes a map of its own scale of one hidden state. */
interface ReassembleParams {
  /** Token beside class token → token; null where the class token is not read, or only added. */
  readonly readout: Linear | null; // [dim, 2·dim]
  readonly projection: Linear; // [channels, dim]
  /** Phases of a transposed convolution, taps of one with a stride, or none. */
  readonly resize: readonly Linear[];
  readonly conv: Linear; // [fusion, 3·3·channels]
  readonly channels: number;
  readonly factor: number;
}

export type NeckParams = readonly ReassembleParams[];

export function neckParams(p: Parameters<Kinds>, config: BeitConfig, fields: DepthFields): NeckParams {
  const { hiddenSize: dim } = config;
  return fields.stages.map((_, i) => {
    const channels = fields.neckHiddenSizes[i];
    const factor = fields.reassembleFactors[i];
    const name = `neck.reassemble_stage.layers.${i}`;
    const project = fields.readoutType === 'project';
    return {
      channels,
      factor,
      readout: project ? p.linear(`neck.reassemble_stage.readout_projects.${i}.0`, dim, 2 * dim) : null,
      projection: conv1x1(p, `${name}.projection`, channels, dim),
      resize: resizeParams(p, `${name}.resize`, channels, factor),
      conv: conv3x3(p, `neck.convs.${i}`, fields.fusionHiddenSize, channels, { bias: false }),
    };
  });
}

function resizeParams(p: Parameters<Kinds>, name: string, channels: number, factor: number): Linear[] {
  if (factor === 1) return [];
  if (factor < 1) return stridedConv3x3(p, name, channels, channels);
  return transposedConv(p, name, channels, channels, { factor });
}

/** Buffers for one image; the maps of the stages are of several sizes. */
interface StageState {
  readonly projected: Map2d; // grid, bordered for a convolution with a stride; channels
  readonly resized: Map2d; // its own size, bordered; channels
  readonly feature: Map2d; // its own size; fusion channels
}

export interface NeckState {
  readonly dim: number;
  readonly joined: Kinds['tensor']; // [N, 2·dim], token beside class token
  readonly tokens: Kinds['tensor']; // [N, dim]
  readonly stages: readonly StageState[];
}

/** The size of a stage: times the factor, or its share rounded up, as a convolution with padding 1 leaves it. */
function stageGrid(grid: Grid, factor: number): Grid {
  if (factor >= 1) return scaled(grid, factor);
  return { height: Math.ceil(grid.height * factor), width: Math.ceil(grid.width * factor) };
}

export function neckState(
  backend: Backend<Kinds>,
  neck: NeckParams,
  dim: number,
  grid: Grid,
  fusion: number,
): NeckState {
  const patches = grid.height * grid.width;
  return {
    dim,
    joined: backend.alloc(patches, neck[0].readout ? 2 * dim : 1),
    tokens: backend.alloc(patches, dim),
    stages: neck.map(({ channels, factor }) => {
      const own = stageGrid(grid, factor);
      const resized = allocBordered(backend, own, channels);
      return {
        projected: factor === 1 ? resized : allocBordered(backend, grid, channels),
        resized,
        feature: allocMap(backend, own, fusion),
      };
    }),
  };
}

/** Tokens [T, dim] of one image, the class token first → the feature map of stage `i`. */
export function reassemble(
  ops: ForwardOps<Kinds>,
  neck: NeckParams,
  s: NeckState,
  i: number,
  tokens: { readonly cls: Kinds['tensor']; readonly patches: Kinds['tensor']; readonly grid: Grid },
  { readoutType, readoutActivation }: DepthFields,
): void {
  const { readout, projection, resize, conv, factor } = neck[i];
  const { projected, resized, feature } = s.stages[i];
  if (readout) {
    ops.copy(ops.cols(s.joined, 0, s.dim), tokens.patches);
    ops.copy(ops.cols(s.joined, s.dim, 2 * s.dim), tokens.cls);
    ops.linear(s.tokens, s.joined, readout, readoutActivation);
  } else {
    ops.copy(s.tokens, tokens.patches);
    if (readoutType === 'add') ops.add(s.tokens, tokens.cls);
  }
  for (const map of [projected, resized]) ops.clearBorder(map);
  ops.conv1x1(projected, mapIn(s.tokens, tokens.grid), projection);
  for (const [k, w] of resize.entries()) {
    if (factor > 1) ops.conv1x1(phase(resized, Math.floor(k / factor), k % factor, factor), projected, w);
    else
      ops.conv1x1(resized, tapOf(projected, Math.floor(k / 3), k % 3, 1 / factor, resized), w, k > 0 ? 'add' : 'store');
  }
  ops.conv3x3(feature, resized, conv);
}

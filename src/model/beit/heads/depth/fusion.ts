import type { Backend, Kinds } from '../../../../backend.ts';
import type { Grid } from '../../../../interpolate.ts';
import type { ForwardOps } from '../../forward.ts';
import type { Parameters } from '../../params/parameters.ts';
import { conv1x1, conv3x3, conv3x3AndNorm } from '../segmentation/convolution.ts';
import { allocBordered, allocMap, type Map2d, scaled } from '../segmentation/featureMaps.ts';
import type { DepthFields } from './depthFields.ts';

type Linear = Kinds['linear'];

/** x + conv(relu(conv(relu(x)))). */
type ResidualUnit = readonly [Linear, Linear];

interface FusionLayer {
  /** Over the map that joins; the coarsest map joins nothing. */
  readonly unit1: ResidualUnit;
  readonly unit2: ResidualUnit;
  readonly projection: Linear;
}

export type FusionParams = readonly FusionLayer[];

export function fusionParams(p: Parameters<Kinds>, fields: DepthFields): FusionParams {
  const { fusionHiddenSize: c } = fields;
  return fields.stages.map((_, i) => {
    const name = `neck.fusion_stage.layers.${i}`;
    return {
      projection: conv1x1(p, `${name}.projection`, c, c),
      unit1: residualUnit(p, `${name}.residual_layer1`, c, fields),
      unit2: residualUnit(p, `${name}.residual_layer2`, c, fields),
    };
  });
}

function residualUnit(p: Parameters<Kinds>, name: string, c: number, fields: DepthFields): ResidualUnit {
  const { batchNorm, fusionBias: bias } = fields;
  const conv = (i: number) => {
    const layer = `${name}.convolution${i}`;
    return batchNorm
      ? conv3x3AndNorm(p, layer, c, c, { norm: `${name}.batch_norm${i}`, bias })
      : conv3x3(p, layer, c, c, { bias });
  };
  return [conv(1), conv(2)];
}

/** Buffers of one layer: maps of its own size, and of the size that follows. */
interface LayerState {
  readonly sum: Map2d;
  /** The joining map at the size of the sum. */
  readonly joining: Map2d;
  readonly inner: readonly [Map2d, Map2d]; // bordered
  readonly projected: Map2d;
  readonly out: Map2d;
}

export type FusionState = readonly LayerState[];

/** `features` from the finest to the coarsest; `exact` gives each fused map the size of the next feature, as Depth Anything does. */
export function fusionState(
  backend: Backend<Kinds>,
  features: readonly Grid[],
  channels: number,
  exact: boolean,
): FusionState {
  const order = [...features].reverse();
  const states: LayerState[] = [];
  for (const [i, feature] of order.entries()) {
    const size = i === 0 ? feature : states[i - 1].out;
    const next = exact ? order[i + 1] : undefined;
    const bordered = () => allocBordered(backend, size, channels);
    states.push({
      sum: i === 0 ? allocMap(backend, size, channels) : states[i - 1].out,
      joining: allocMap(backend, size, channels),
      inner: [bordered(), bordered()],
      projected: allocMap(backend, size, channels),
      out: allocBordered(backend, next ?? scaled(size, 2), channels),
    });
  }
  return states;
}

/** Fuses the maps from the coarsest on; the result is that of layer `last`. Each is `seen` before the next one changes it. */
export function fuse(
  ops: ForwardOps<Kinds>,
  p: FusionParams,
  s: FusionState,
  features: readonly Map2d[],
  last: number,
  seen?: (layer: number, fused: Map2d) => void,
): Map2d {
  const order = [...features].reverse();
  for (let i = 0; i <= last; i++) {
    const { sum, joining, projected, out } = s[i];
    if (i === 0) ops.copyMap(sum, order[0]);
    else {
      resize(ops, joining, order[i]);
      add(ops, p[i].unit1, s[i], joining, sum);
      ops.resizeBilinear(sum, joining, 'add'); // of one size: every pixel is added as it is
    }
    add(ops, p[i].unit2, s[i], sum, sum);
    // a 1×1 convolution and a resize can change places; this one has a quarter of the pixels
    ops.conv1x1(projected, sum, p[i].projection);
    ops.resizeBilinear(out, projected, 'store', true);
    seen?.(i, out);
  }
  return s[last].out;
}

/** out += conv(relu(conv(relu(x)))). */
function add(ops: ForwardOps<Kinds>, [first, second]: ResidualUnit, { inner }: LayerState, x: Map2d, out: Map2d): void {
  for (const map of inner) ops.clearBorder(map);
  ops.copyMap(inner[0], x, 'relu');
  ops.conv3x3(inner[1], inner[0], first, 'relu');
  ops.conv3x3(out, inner[1], second, 'add');
}

function resize(ops: ForwardOps<Kinds>, out: Map2d, x: Map2d): void {
  if (out.height === x.height && out.width === x.width) ops.copyMap(out, x);
  else ops.resizeBilinear(out, x);
}

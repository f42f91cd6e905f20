import type { Kinds } from '../../../../backend.ts';
import { check } from '../../../../errors.ts';
import type { Architecture } from '../../architecture.ts';
import type { BeitConfig } from '../../config/config.ts';
import type { ForwardOps } from '../../forward.ts';
import { patchTokens } from '../../state.ts';
import { type Map2d, mapIn, scaled } from '../segmentation/featureMaps.ts';
import { type DepthFields, depthFields, outerFields } from './depthFields.ts';
import {
  type DepthHeadParams,
  type DepthHeadState,
  depthHeadParams,
  depthHeadState,
  outputSize,
  runDepthHead,
} from './depthHead.ts';
import { type FusionParams, type FusionState, fuse, fusionParams, fusionState } from './fusion.ts';
import { type NeckParams, type NeckState, neckParams, neckState, reassemble } from './reassemble.ts';
import { metricDepth } from './zoe/metricBins.ts';
import {
  type MetricParams,
  type MetricState,
  metricOutputs,
  metricParams,
  metricState,
  placesInJoined,
  prepareMetric,
  runLevel,
  runMixture,
  runSeeds,
} from './zoe/metricHead.ts';

interface DepthParams {
  readonly fields: DepthFields;
  readonly neck: NeckParams;
  readonly fusion: FusionParams;
  readonly head: DepthHeadParams;
  readonly metric: MetricParams | null;
}

interface DepthState {
  readonly hidden: readonly Kinds['tensor'][]; // one a stage, [B·T, dim]
  readonly neck: NeckState;
  readonly fusion: FusionState;
  readonly head: DepthHeadState;
  readonly metric: MetricState | null;
  readonly depth: Kinds['tensor']; // [B·H·W, 1]
  readonly size: { readonly height: number; readonly width: number };
}

/**
 * Depth by the neck of DPT (arXiv 2103.13413): hidden states become maps of four scales, which are fused from the coarsest on.
 * Depth Anything (arXiv 2401.10891) is the same with the sizes of the patches; ZoeDepth has a metric head behind it.
 */
export const depthArchitecture: Architecture<DepthParams, DepthState> = {
  name: 'DPTForDepthEstimation',
  hasPrefix: true,
  disk: (config) => ({ prefix: config.modelType === 'dpt' ? 'dpt.' : 'backbone.', json: diskJson(config) }),
  // DPT's own encoder has a norm that the neck does not see; it is kept, since files have it
  parts: (config) => ({ pooler: false, finalNorm: config.modelType === 'dpt' || config.applyLayernorm }),
  params(p, config) {
    const fields = depthFields(config);
    return {
      fields,
      neck: neckParams(p, config, fields),
      fusion: fusionParams(p, fields),
      head: depthHeadParams(p, fields),
      metric: fields.zoe && metricParams(p, fields.zoe, fields.fusionHiddenSize, fields.headHiddenSize),
    };
  },
  state(backend, { body, head: { fields, neck, fusion: _, head, metric } }, s) {
    const { hiddenSize, patchSize } = body.config;
    const { fusionHiddenSize: channels, headInIndex } = fields;
    const hidden = fields.stages.map(() => backend.alloc(s.image.images * s.tokens, hiddenSize));
    const reassembled = neckState(backend, neck, hiddenSize, s.grid, channels);
    const grids = reassembled.stages.map(({ feature }) => feature);
    const fusion = fusionState(backend, grids, channels, fields.modelType === 'depth_anything');
    const size = outputSize(fields, fusion[headInIndex].out, scaled(s.grid, patchSize));
    const { images } = s.image;
    const levels = fusion.map(({ out }) => out);
    const metricPart = metric && metricState(backend, metric, images, grids.at(-1)!, levels, size);
    const features = metricPart && placesInJoined(backend, metricPart, fields.headHiddenSize).features;
    return {
      hidden,
      neck: reassembled,
      fusion,
      head: depthHeadState(backend, fields, head, fusion[headInIndex].out, size, features),
      metric: metricPart,
      depth: backend.alloc(s.image.images * size.height * size.width, 1),
      size,
    };
  },
  collect(ops, index, { body, head }, s, state) {
    const place = head.fields.stages.indexOf(index);
    if (place < 0) return;
    const norm = body.config.modelType === 'dpt' ? null : body.norm;
    if (norm) ops.layerNorm(state.hidden[place], s.x, norm);
    else ops.copy(state.hidden[place], s.x);
  },
  prepare(backend, { head: { metric } }, state) {
    if (metric && state.metric) prepareMetric(backend, metric, state.metric);
  },
  finish(ops, { head: p }, s, state) {
    const { height, width } = state.size;
    const { images } = s.image;
    check(s.prefixTokens > 0, 'InvalidConfig', 'Cannot estimate depth: the encoder has no class token');
    for (let b = 0; b < images; b++) {
      for (const [i, hidden] of state.hidden.entries()) {
        const cls = ops.rows(hidden, b * s.tokens, b * s.tokens + 1);
        const tokens = { cls, patches: patchTokens(ops, hidden, s, b), grid: s.grid };
        reassemble(ops, p.neck, state.neck, i, tokens, p.fields);
      }
      const maps = state.neck.stages.map(({ feature }) => feature);
      if (p.metric && state.metric) runMetric(ops, p, state, maps, b);
      else {
        const fused = fuse(ops, p.fusion, state.fusion, maps, p.fields.headInIndex);
        runDepthHead(ops, p.head, state.head, fused, depthOf(ops, state, b), p.fields.maxDepth !== null);
      }
    }
    if (state.metric) return metricOutputs(state.metric, images);
    return { predictedDepth: { tensor: state.depth, dims: [images, height, width] } };
  },
  async complete(config, { binLogits = [], domainLogits }, pause) {
    const { zoe } = depthFields(config);
    if (!zoe) return {};
    return { predictedDepth: await metricDepth(zoe, binLogits, domainLogits, pause), binLogits: [] };
  },
};

function depthOf(ops: ForwardOps<Kinds>, { depth, size }: DepthState, b: number): Map2d {
  const pixels = size.height * size.width;
  return mapIn(ops.rows(depth, b * pixels, (b + 1) * pixels), size);
}

/** Each fused map is read by the metric head while it is there, and one of them by the relative head as well. */
function runMetric(ops: ForwardOps<Kinds>, p: DepthParams, s: DepthState, maps: readonly Map2d[], b: number): void {
  const metric = p.metric!;
  const state = s.metric!;
  const { headInIndex, headHiddenSize, stages } = p.fields;
  runSeeds(ops, metric, state, maps.at(-1)!, b);
  const relative = metric.seen > headHiddenSize ? placesInJoined(ops, state, headHiddenSize).depth : depthOf(ops, s, 0);
  fuse(ops, p.fusion, s.fusion, maps, stages.length - 1, (layer, fused) => {
    runLevel(ops, metric, state, layer, fused, b);
    if (layer === headInIndex) runDepthHead(ops, p.head, s.head, fused, relative, false);
  });
  runMixture(ops, metric, state, b);
}

/** config.json as transformers has it: the fields around the backbone's, or all in one for DPT's own encoder. */
function diskJson(config: BeitConfig): Record<string, unknown> {
  if (config.modelType === 'dpt') return config.toJSON();
  const { around: _, architectures: __, ...inner } = config.toJSON();
  return { ...outerFields(config), backbone_config: inner };
}

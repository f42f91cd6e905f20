import type { Kinds } from '../../../../backend.ts';
import { check } from '../../../../errors.ts';
import type { Architecture } from '../../architecture.ts';
import type { BeitConfig } from '../../config/config.ts';
import { patchTokens } from '../../state.ts';
import { mapIn, scaled } from '../segmentation/featureMaps.ts';
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

interface DepthParams {
  readonly fields: DepthFields;
  readonly neck: NeckParams;
  readonly fusion: FusionParams;
  readonly head: DepthHeadParams;
}

interface DepthState {
  readonly hidden: readonly Kinds['tensor'][]; // one a stage, [B·T, dim]
  readonly neck: NeckState;
  readonly fusion: FusionState;
  readonly head: DepthHeadState;
  readonly depth: Kinds['tensor']; // [B·H·W, 1]
  readonly size: { readonly height: number; readonly width: number };
}

/**
 * Depth by the neck of DPT (arXiv 2103.13413): hidden states become maps of four scales, which are fused from the coarsest on.
 * Depth Anything (arXiv 2401.10891) is the same with the sizes of the patches.
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
    };
  },
  state(backend, { body, head: { fields, neck, fusion: _, head } }, s) {
    const { hiddenSize, patchSize } = body.config;
    const { fusionHiddenSize: channels, headInIndex } = fields;
    const hidden = fields.stages.map(() => backend.alloc(s.image.images * s.tokens, hiddenSize));
    const reassembled = neckState(backend, neck, hiddenSize, s.grid, channels);
    const grids = reassembled.stages.map(({ feature }) => feature);
    const fusion = fusionState(backend, grids, channels, fields.modelType === 'depth_anything');
    const size = outputSize(fields, fusion[headInIndex].out, scaled(s.grid, patchSize));
    return {
      hidden,
      neck: reassembled,
      fusion,
      head: depthHeadState(backend, fields, head, fusion[headInIndex].out, size),
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
  finish(ops, { head: { fields, neck, fusion, head } }, s, state) {
    const { height, width } = state.size;
    const { images } = s.image;
    check(s.prefixTokens > 0, 'InvalidConfig', 'Cannot estimate depth: the encoder has no class token');
    for (let b = 0; b < images; b++) {
      for (const [i, hidden] of state.hidden.entries()) {
        const cls = ops.rows(hidden, b * s.tokens, b * s.tokens + 1);
        const tokens = { cls, patches: patchTokens(ops, hidden, s, b), grid: s.grid };
        reassemble(ops, neck, state.neck, i, tokens, fields);
      }
      const maps = state.neck.stages.map(({ feature }) => feature);
      const fused = fuse(ops, fusion, state.fusion, maps, fields.headInIndex);
      const depth = ops.rows(state.depth, b * height * width, (b + 1) * height * width);
      runDepthHead(ops, head, state.head, fused, mapIn(depth, state.size), fields.maxDepth !== null);
    }
    return { predictedDepth: { tensor: state.depth, dims: [images, height, width] } };
  },
};

/** config.json as transformers has it: the fields around the backbone's, or all in one for DPT's own encoder. */
function diskJson(config: BeitConfig): Record<string, unknown> {
  if (config.modelType === 'dpt') return config.toJSON();
  const { around: _, architectures: __, ...inner } = config.toJSON();
  return { ...outerFields(config), backbone_config: inner };
}

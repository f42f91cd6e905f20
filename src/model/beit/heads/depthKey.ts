import type { ArchitectureKey } from '../architecture.ts';

/** `DPTForDepthEstimation`, `DepthAnythingForDepthEstimation` and `ZoeDepthForDepthEstimation`; `around`: the `model_type`s of configs around its body's. */
export const DEPTH: ArchitectureKey & { readonly around: readonly string[] } = {
  name: 'DPTForDepthEstimation',
  around: ['dpt', 'depth_anything', 'zoedepth'],
};

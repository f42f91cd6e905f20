import type { Architecture, LazyArchitecture } from '../architecture.ts';

/** `DPTForDepthEstimation` and `DepthAnythingForDepthEstimation`, whose code is fetched when a model of them is made. */
export const lazyDepthArchitecture: LazyArchitecture = {
  name: 'DPTForDepthEstimation',
  around: ['dpt', 'depth_anything'],
  open: async () => (await import('./depth/depth.ts')).depthArchitecture as Architecture,
};

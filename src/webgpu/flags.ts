/** Bits of `GPUBufferUsage`, `GPUShaderStage` and `GPUMapMode` as the WebGPU specification numbers them. */
export const USAGE = { MAP_READ: 1, COPY_SRC: 4, COPY_DST: 8, UNIFORM: 64, STORAGE: 128 } as const;
export const COMPUTE_STAGE = 4;
export const MAP_READ_MODE = 1;

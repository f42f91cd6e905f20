import type { Resize } from '../image/process/preprocess.ts';

/** `coreResize`, fetched with the first picture that is resized by itself. */
export const resizeWithCore: Resize = async (...args) => (await import('./coreResize.ts')).coreResize(...args);

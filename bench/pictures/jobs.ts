/** What is measured of a picture: bytes → RGB, bytes → [3, 224, 224] floats, bytes → the best label of BEiT-base. */
export type PictureJob = 'decode' | 'pixelValues' | 'label';

/** What a contestant says: once that it is ready, then one line for every picture. */
export type PictureAnswer =
  | { readonly ready: true }
  | { readonly ms: number; readonly label?: string | undefined }
  | { readonly peakBytes: number };

/** Runs a job on the bytes of one picture; a label is returned. */
export type PictureRun = (bytes: Uint8Array<ArrayBuffer>) => Promise<unknown>;

/** Where BEiT-base is found, as we and as transformers.js read it. */
export const MODELS = { ours: '.cache/bench/beit-base', transformersJs: '.cache/bench/transformers.js' } as const;

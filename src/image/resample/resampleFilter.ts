/** Pillow's six resampling filters. */
export type ResampleFilter = 'nearest' | 'lanczos' | 'bilinear' | 'bicubic' | 'box' | 'hamming';

/** The filters at the integers that Pillow and `preprocessor_config.json` give them: 0 nearest … 5 hamming. */
export const RESAMPLE_FILTERS: readonly ResampleFilter[] = [
  'nearest',
  'lanczos',
  'bilinear',
  'bicubic',
  'box',
  'hamming',
];

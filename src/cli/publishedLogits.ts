/** The pictures that numbers are published of. */
export const PICTURES = {
  /** Two cats, COCO val2017 000000039769. */
  cats: 'http://images.cocodataset.org/val2017/000000039769.jpg',
  /** The first picture of the data set hf-internal-testing/fixtures_ade20k. */
  ade20k: null,
  /** The first picture of the data set nielsr/rvlcdip-demo. */
  document: null,
} as const;

/** What is computed of a picture, and which of it is compared: rows of the last two dims of the first picture and channel. */
export type PublishedKind = 'classification' | 'teacher' | 'masked' | 'tokens' | 'depth' | 'segmentation';

/** What a published checkpoint gives on a picture, through its own image processor. */
export interface PublishedLogits {
  readonly kind: PublishedKind;
  readonly picture: keyof typeof PICTURES;
  /** The first numbers of the first rows. */
  readonly logits: readonly (readonly number[])[];
  /** Index of the largest logit, where one is published. */
  readonly best?: number;
  /** Largest difference that still counts as the same, as its source has it. */
  readonly tolerance: number;
}

const classification = (logits: readonly number[], tolerance: number, best?: number): PublishedLogits => ({
  kind: 'classification',
  picture: 'cats',
  logits: [logits],
  ...(best !== undefined && { best }),
  tolerance,
});

const rows = (
  kind: PublishedKind,
  logits: readonly (readonly number[])[],
  tolerance: number,
  picture: keyof typeof PICTURES = 'cats',
): PublishedLogits => ({ kind, picture, logits, tolerance });

/**
 * Numbers that transformers asserts of published checkpoints: its integration tests, `tests/models/<family>`, and its conversion
 * script of BEiT (tolerance 1e-3). Of ZoeDepth, MAE's encoder, MSN and timm's models it asserts none that a picture alone gives.
 */
export const PUBLISHED_LOGITS: Readonly<Record<string, PublishedLogits>> = {
  'microsoft/beit-base-patch16-224': classification([-1.2385, -1.0987, -1.0108], 1e-4, 281),
  'microsoft/beit-large-patch16-224-pt22k-ft22k': classification([1.6881, -0.2787, 0.5901], 1e-4, 2396),
  'microsoft/beit-base-patch16-224-pt22k-ft22k': classification([2.2288, 2.4671, 0.7395], 1e-3, 2397),
  'microsoft/beit-base-patch16-384': classification([-1.5303, -0.9484, -0.3147], 1e-3, 761),
  'microsoft/beit-large-patch16-224': classification([-0.4804, 0.6257, -0.1837], 1e-3, 761),
  'microsoft/beit-large-patch16-384': classification([-0.5122, 0.5117, -0.2113], 1e-3, 761),
  'microsoft/beit-large-patch16-512': classification([-0.3062, 0.7261, 0.4852], 1e-3, 761),
  'facebook/data2vec-vision-base-ft1k': classification([0.3277, -0.1395, 0.0911], 1e-4, 761),
  'google/vit-base-patch16-224': classification([-0.2744, 0.8215, -0.0836], 1e-4),
  'facebook/deit-base-distilled-patch16-224': rows('teacher', [[-1.0266, 0.1912, -1.2861]], 3e-4),
  'microsoft/dit-base-finetuned-rvlcdip': rows('classification', [[-0.4158, -0.4092, -0.4347]], 1e-4, 'document'),
  'microsoft/beit-base-patch16-224-pt22k': rows(
    'masked',
    [
      [-3.2437, 0.5072, -13.9174],
      [-3.2456, 0.4948, -13.9401],
      [-3.2033, 0.5121, -13.855],
    ],
    1e-2,
  ),
  'facebook/dinov2-base': rows(
    'tokens',
    [
      [-2.1747, -0.4729, 1.0936],
      [-3.278, -0.8269, -0.921],
      [-2.9129, 1.1284, -0.7306],
    ],
    3e-4,
  ),
  'facebook/dinov2-with-registers-base': rows(
    'tokens',
    [
      [-0.4638, -1.4563, -0.0289],
      [-1.4736, -0.8866, 0.3005],
      [0.072, -0.2406, -1.5943],
    ],
    3e-4,
  ),
  'microsoft/beit-base-finetuned-ade-640-640': rows(
    'segmentation',
    [
      [-4.896, -2.3688, -3.0355],
      [-2.8478, -0.9836, -1.7418],
      [-2.9449, -1.3332, -2.1456],
    ],
    1e-3,
    'ade20k',
  ),
  'microsoft/beit-large-finetuned-ade-640-640': rows(
    'segmentation',
    [
      [-4.3305, -2.3049, -3.0161],
      [-2.9591, -1.5305, -2.2251],
      [-3.4198, -1.8004, -2.9062],
    ],
    1e-3,
    'ade20k',
  ),
  'Intel/dpt-beit-base-384': rows(
    'depth',
    [
      [2669.7061, 2663.7144, 2674.9399],
      [2633.9326, 2650.9092, 2665.427],
      [2621.8271, 2632.0129, 2637.229],
    ],
    5e-2,
  ),
  'Intel/dpt-large': rows(
    'depth',
    [
      [6.3199, 6.3629, 6.4148],
      [6.385, 6.3615, 6.4166],
      [6.3519, 6.3176, 6.3575],
    ],
    1e-3,
  ),
  'LiheYoung/depth-anything-small-hf': rows(
    'depth',
    [
      [8.8223, 8.6483, 8.6216],
      [8.3332, 8.6047, 8.7545],
      [8.6547, 8.6885, 8.7472],
    ],
    1e-3,
  ),
  'depth-anything/depth-anything-V2-metric-indoor-small-hf': rows(
    'depth',
    [
      [1.3349, 1.2947, 1.2802],
      [1.2794, 1.2338, 1.2901],
      [1.263, 1.2219, 1.2478],
    ],
    3e-4,
  ),
};

/** What a published checkpoint gives on the two cats of COCO val2017 000000039769, through its own image processor. */
export interface PublishedLogits {
  readonly kind: 'classification' | 'masked';
  /** The first logits of the first row (classification) or of the first rows (masked, everything hidden). */
  readonly logits: readonly (readonly number[])[];
  /** Index of the largest logit, where one is published. */
  readonly best?: number;
  /** Largest difference that still counts as the same, as its source has it. */
  readonly tolerance: number;
}

const classification = (logits: readonly number[], best: number, tolerance: number): PublishedLogits => ({
  kind: 'classification',
  logits: [logits],
  best,
  tolerance,
});

/**
 * Numbers that transformers asserts of Microsoft's and Facebook's checkpoints: its integration tests (1e-4; 1e-2 for
 * masked modelling) and its conversion script (1e-3), `tests/models/beit/test_modeling_beit.py` and
 * `models/beit/convert_beit_unilm_to_pytorch.py`.
 */
export const PUBLISHED_LOGITS: Readonly<Record<string, PublishedLogits>> = {
  'microsoft/beit-base-patch16-224': classification([-1.2385, -1.0987, -1.0108], 281, 1e-4),
  'microsoft/beit-large-patch16-224-pt22k-ft22k': classification([1.6881, -0.2787, 0.5901], 2396, 1e-4),
  'microsoft/beit-base-patch16-224-pt22k-ft22k': classification([2.2288, 2.4671, 0.7395], 2397, 1e-3),
  'microsoft/beit-base-patch16-384': classification([-1.5303, -0.9484, -0.3147], 761, 1e-3),
  'microsoft/beit-large-patch16-224': classification([-0.4804, 0.6257, -0.1837], 761, 1e-3),
  'microsoft/beit-large-patch16-384': classification([-0.5122, 0.5117, -0.2113], 761, 1e-3),
  'microsoft/beit-large-patch16-512': classification([-0.3062, 0.7261, 0.4852], 761, 1e-3),
  'facebook/data2vec-vision-base-ft1k': classification([0.3277, -0.1395, 0.0911], 761, 1e-4),
  'microsoft/beit-base-patch16-224-pt22k': {
    kind: 'masked',
    tolerance: 1e-2,
    logits: [
      [-3.2437, 0.5072, -13.9174],
      [-3.2456, 0.4948, -13.9401],
      [-3.2033, 0.5121, -13.855],
    ],
  },
};

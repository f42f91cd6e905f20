/** Activations of transformers' table that a linear layer applies to its result before storing it. */
export const ACTIVATIONS = [
  'gelu',
  'gelu_new',
  'gelu_fast',
  'quick_gelu',
  'gelu_10',
  'relu',
  'relu2',
  'relu6',
  'leaky_relu',
  'silu',
  'mish',
  'tanh',
  'sigmoid',
  'selu',
  'hardswish',
  'laplace',
] as const;
/** One of {@link ACTIVATIONS}, as `hidden_act` names it. */
export type Activation = (typeof ACTIVATIONS)[number];

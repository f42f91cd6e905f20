import type { ForwardRequest } from '../engine/session.ts';
import { check, checkChoice, throwIfAborted } from '../errors.ts';
import type { BeitConfig } from '../model/beit/config/config.ts';
import { checkOptions, OPTIONS } from '../options.ts';
import { named } from '../quoted.ts';
import { checkTensor, type Tensor } from '../tensor.ts';

/** What every class takes. */
export interface ForwardInput {
  /** [B, channels, height, width], as an image processor makes it. */
  readonly pixelValues: Tensor;
  /** [heads] for all layers, or [layers, heads]: multiplied into the attention probabilities. Default: none. */
  readonly headMask?: Tensor | undefined;
  /** Whether `hiddenStates` are given; default: what the config says, else false. */
  readonly outputHiddenStates?: boolean | undefined;
  /** Whether `attentions` are given; default: what the config says, else false. */
  readonly outputAttentions?: boolean | undefined;
  /** Accepted as in transformers; by default and always, sizes other than the native one are interpolated. */
  readonly interpolatePosEncoding?: boolean | undefined;
  /** `'transformers'` reproduces what the reference does to native grids that are not square; default `'geometry'`. */
  readonly compatibility?: 'geometry' | 'transformers' | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What the classes with a masked input take in addition. */
export interface MaskedInput extends ForwardInput {
  /** [B, N], not 0 where a patch is hidden behind the mask token. Default: none is. */
  readonly boolMaskedPos?: Tensor<'bool'> | Tensor<'uint8'> | undefined;
}

/** Checks an input against the config; `own` has the names that a class adds. @throws `InvalidArgument` naming what was expected and what was found. */
export function checkedRequest(config: BeitConfig, input: MaskedInput, own: string = ''): ForwardRequest {
  checkOptions(input, `${OPTIONS.forward} ${own}`, 'input');
  throwIfAborted(input.signal);
  const { pixelValues, boolMaskedPos, headMask } = input;
  checkPixels(config, pixelValues);
  checkChoice('compatibility', input.compatibility, ['geometry', 'transformers']);
  const { extra } = config;
  return {
    pixelValues,
    mask: boolMaskedPos == null ? undefined : patchMask(config, boolMaskedPos, pixelValues.dims),
    headMask: headMask == null ? undefined : expandHeadMask(config, headMask),
    hiddenStates: input.outputHiddenStates ?? extra.output_hidden_states === true,
    attentions: input.outputAttentions ?? extra.output_attentions === true,
    compatibility: input.compatibility,
  };
}

/** @throws `InvalidArgument` unless these are finite pixels [B, channels, height, width] of at least one patch. */
function checkPixels(config: BeitConfig, pixelValues: Tensor): void {
  check(pixelValues?.type === 'float32', 'InvalidArgument', () => {
    return `You have to specify pixelValues as a float32 tensor: got ${named(pixelValues ? pixelValues.type : pixelValues)}`;
  });
  checkTensor('Invalid pixelValues', pixelValues);
  const { dims, data } = pixelValues;
  check(dims.length === 4 && dims[0] > 0, 'InvalidArgument', () => {
    return `Invalid pixelValues: expected [batch, channels, height, width] with a batch of 1 or more, got [${dims}]`;
  });
  check(dims[1] === config.numChannels, 'InvalidArgument', () => {
    return `Invalid pixelValues: expected ${config.numChannels} channels, got ${dims[1]}`;
  });
  check(Math.min(dims[2], dims[3]) >= config.patchSize, 'InvalidArgument', () => {
    return `Invalid pixelValues: expected at least one patch of ${config.patchSize}×${config.patchSize}, got ${dims[2]}×${dims[3]}`;
  });
  const at = data.findIndex((value) => !Number.isFinite(value));
  check(at < 0, 'InvalidArgument', () => `Invalid pixelValues: expected finite numbers, got ${data[at]} at ${at}`);
}

function patchMask(config: BeitConfig, mask: Tensor<'bool'> | Tensor<'uint8'>, dims: readonly number[]): Float32Array {
  check(config.useMaskToken, 'InvalidArgument', 'Cannot use boolMaskedPos: this model has no mask token');
  checkTensor('Invalid boolMaskedPos', mask, 'bool', 'uint8');
  const patches = Math.floor(dims[2] / config.patchSize) * Math.floor(dims[3] / config.patchSize);
  const fits = mask.data.length === dims[0] * patches && mask.dims[0] === dims[0];
  check(fits, 'InvalidArgument', () => `Invalid boolMaskedPos: expected [${dims[0]}, ${patches}], got [${mask.dims}]`);
  return Float32Array.from(mask.data, (hidden) => (hidden ? 1 : 0));
}

/** [heads] or [layers, heads] → [layers·heads]. */
function expandHeadMask({ numHiddenLayers: layers, numAttentionHeads: heads }: BeitConfig, mask: Tensor): Float32Array {
  checkTensor('Invalid headMask', mask, 'float32');
  const shape = mask.dims.join();
  check(shape === `${heads}` || shape === `${layers},${heads}`, 'InvalidArgument', () => {
    return `Invalid headMask: expected [${heads}] or [${layers}, ${heads}], got [${mask.dims}]`;
  });
  return Float32Array.from({ length: layers * heads }, (_, i) => mask.data[i % mask.data.length]);
}

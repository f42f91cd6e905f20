import { type ImageProcessorConfig, type ImageProcessorOptions, withOptions } from './imageProcessorConfig.ts';
import { type OtherKeys, type ProcessorKind, processorKind } from './processorKind.ts';

/**
 * The class of image processors that `others` names, and its whole config: `options` over the defaults of that class, and those
 * over `defaults`.
 *
 * @throws `InvalidConfig`
 */
export function completeConfig(
  defaults: ImageProcessorConfig,
  options: ImageProcessorOptions,
  others: OtherKeys,
): { kind: ProcessorKind; config: ImageProcessorConfig } {
  const kind = processorKind(others);
  const { defaults: ofKind, edge, read } = kind;
  const given =
    edge && typeof options.size === 'number' ? { ...options, size: { shortest_edge: options.size } } : options;
  return { kind, config: { ...withOptions({ ...defaults, ...ofKind }, given), ...read?.(others) } };
}

import { checkObject } from '../../errors.ts';
import type { ResampleFilter } from '../resample/resampleFilter.ts';
import {
  type AspectSize,
  readBoolean,
  readChannels,
  readDeviation,
  readNumber,
  readResample,
  readSize,
  readTarget,
  type Size,
} from './readField.ts';

/** What an image processor does, step by step; the field names are those of `preprocessor_config.json` in camel case. */
export interface ImageProcessorConfig {
  readonly doResize: boolean;
  readonly size: Size | AspectSize;
  readonly resample: ResampleFilter;
  readonly doCenterCrop: boolean;
  readonly cropSize: Size;
  readonly doRescale: boolean;
  readonly rescaleFactor: number;
  readonly doNormalize: boolean;
  readonly imageMean: readonly number[]; // [3]
  readonly imageStd: readonly number[]; // [3]
  readonly doReduceLabels: boolean;
}

/** The same with sizes, filter, mean and deviation written as loosely as files write them. */
export type ImageProcessorOptions = {
  readonly [K in keyof ImageProcessorConfig]?: Loose[K] | undefined;
};

interface Loose extends Omit<ImageProcessorConfig, 'size' | 'cropSize' | 'resample' | 'imageMean' | 'imageStd'> {
  size: number | readonly [height: number, width: number] | Size | AspectSize;
  cropSize: number | readonly [height: number, width: number] | Size;
  resample: ResampleFilter | number;
  imageMean: number | readonly number[];
  imageStd: number | readonly number[];
}

type Field = keyof ImageProcessorConfig;

const READERS: { readonly [K in Field]: (name: string, value: unknown) => ImageProcessorConfig[K] } = {
  doResize: readBoolean,
  size: readTarget,
  resample: readResample,
  doCenterCrop: readBoolean,
  cropSize: readSize,
  doRescale: readBoolean,
  rescaleFactor: readNumber,
  doNormalize: readBoolean,
  imageMean: readChannels,
  imageStd: readDeviation,
  doReduceLabels: readBoolean,
};

export const FIELDS = Object.keys(READERS) as readonly Field[];

/** `defaults` with the fields of `options` that are neither undefined nor null laid over them, each one checked. */
export function withOptions(defaults: ImageProcessorConfig, options: object): ImageProcessorConfig {
  checkObject('Invalid options of the image processor', options);
  const given = FIELDS.filter((field) => ((options as Record<string, unknown>)[field] ?? undefined) !== undefined);
  const read = given.map((field) => [
    field,
    READERS[field](snakeCase(field), (options as Record<string, unknown>)[field]),
  ]);
  return { ...defaults, ...Object.fromEntries(read) };
}

/** doCenterCrop → do_center_crop */
export function snakeCase(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Any `preprocessor_config.json`, split into the fields this library knows, in camel case, and the others as they were. */
export function splitJson(json: unknown): {
  options: ImageProcessorOptions;
  others: Readonly<Record<string, unknown>>;
} {
  checkObject('Cannot read image processor config', json, 'InvalidConfig');
  const { reduce_labels: alias, ...keys } = json as Record<string, unknown>; // what the first releases wrote
  const fields = new Map(FIELDS.map((field) => [snakeCase(field), field]));
  const options: Record<string, unknown> = { doReduceLabels: alias };
  const others: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(keys)) {
    const field = fields.get(key);
    // in a file, transformers takes a switch that is null for off
    if (field) options[field] = value === null && READERS[field] === readBoolean ? false : value;
    else others[key] = value;
  }
  return { options, others };
}

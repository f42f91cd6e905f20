import { BeitError, check } from '../errors.ts';
import { DEFAULT_MAX_PIXELS } from './pixels.ts';
import { RESAMPLE_FILTERS, type ResampleFilter } from './resampleFilter.ts';

/** Height and width in pixels. */
export interface Size {
  readonly height: number;
  readonly width: number;
}

/** What an image processor does, step by step; the field names are those of `preprocessor_config.json` in camel case. */
export interface ImageProcessorConfig {
  readonly doResize: boolean;
  readonly size: Size;
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
  size: number | readonly [height: number, width: number] | Size;
  cropSize: number | readonly [height: number, width: number] | Size;
  resample: ResampleFilter | number;
  imageMean: number | readonly number[];
  imageStd: number | readonly number[];
}

type Reader<T> = (name: string, value: unknown) => T;
type Field = keyof ImageProcessorConfig;

const READERS: { readonly [K in Field]: Reader<ImageProcessorConfig[K]> } = {
  doResize: readBoolean,
  size: readSize,
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

function readBoolean(name: string, value: unknown): boolean {
  if (typeof value !== 'boolean') refuse(name, 'true or false', value);
  return value;
}

function readNumber(name: string, value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) refuse(name, 'a finite number', value);
  return value;
}

function readSize(name: string, value: unknown): Size {
  const [height, width] = typeof value === 'number' ? [value, value] : sides(value);
  const isSide = (n: unknown): n is number => Number.isInteger(n) && (n as number) > 0;
  const fits = isSide(height) && isSide(width) && height * width <= DEFAULT_MAX_PIXELS;
  if (!fits) refuse(name, 'a positive whole number, [height, width] or {height, width}, 64 megapixels at most', value);
  return { height, width };
}

function sides(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value.length === 2 ? value : [];
  const { height, width } = (value ?? {}) as Partial<Size>;
  return [height, width];
}

function readResample(name: string, value: unknown): ResampleFilter {
  const filter = typeof value === 'number' ? RESAMPLE_FILTERS[value] : RESAMPLE_FILTERS.find((f) => f === value);
  return filter ?? refuse(name, `0 to 5 or one of ${RESAMPLE_FILTERS.join(', ')}`, value);
}

function readChannels(name: string, value: unknown): readonly number[] {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value, value, value];
  const fits = values.length === 3 && values.every((v) => typeof v === 'number' && Number.isFinite(v));
  if (!fits) refuse(name, 'a finite number or three', value);
  return [...values] as number[];
}

function readDeviation(name: string, value: unknown): readonly number[] {
  const values = readChannels(name, value);
  if (values.some((v) => Math.fround(v) === 0)) refuse(name, 'numbers other than zero', value);
  return values;
}

function refuse(name: string, expected: string, value: unknown): never {
  throw new BeitError(
    'InvalidConfig',
    `Cannot read image processor config: expected ${name} to be ${expected}, got ${show(value)}`,
  );
}

function show(value: unknown): string {
  if (typeof value !== 'object') return typeof value === 'string' ? `"${value}"` : String(value);
  return Array.isArray(value)
    ? `[${value.slice(0, 4).join(', ')}]`
    : `{${Object.entries(value ?? {})
        .slice(0, 4)
        .map(([k, v]) => `${k}: ${typeof v === 'object' ? '…' : v}`)
        .join(', ')}}`;
}

/** Any `preprocessor_config.json`, split into the fields this library knows, in camel case, and the others as they were. */
export function splitJson(json: unknown): {
  options: ImageProcessorOptions;
  others: Readonly<Record<string, unknown>>;
} {
  const isObject = typeof json === 'object' && json !== null && !Array.isArray(json);
  check(isObject, 'InvalidConfig', () => `Cannot read image processor config: expected an object, got ${show(json)}`);
  const { reduce_labels: alias, ...keys } = json as Record<string, unknown>; // what the first releases wrote
  const fields = new Map(FIELDS.map((field) => [snakeCase(field), field]));
  const options: Record<string, unknown> = { doReduceLabels: alias };
  const others: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(keys)) {
    const field = fields.get(key);
    if (field) options[field] = value;
    else others[key] = value;
  }
  return { options, others };
}

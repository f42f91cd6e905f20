import { BeitError } from '../../errors.ts';
import { quoted } from '../../quoted.ts';
import { DEFAULT_MAX_PIXELS } from '../pixels.ts';
import { RESAMPLE_FILTERS, type ResampleFilter } from '../resample/resampleFilter.ts';

/** Height and width in pixels. */
export interface Size {
  readonly height: number;
  readonly width: number;
}

/** Edges that a picture is fitted to, its aspect kept; named as in `preprocessor_config.json`. Unit: pixels. */
export type AspectSize =
  | { readonly shortest_edge: number; readonly longest_edge?: number | undefined }
  | { readonly max_height: number; readonly max_width: number };

/** @throws `InvalidConfig`, as all of these, naming the field, what it may be and what it is. */
export function readBoolean(name: string, value: unknown): boolean {
  if (typeof value !== 'boolean') refuse(name, 'true or false', value);
  return value;
}

export function readNumber(name: string, value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) refuse(name, 'a finite number', value);
  return value;
}

export function readPositive(name: string, value: unknown): number {
  const number = readNumber(name, value);
  if (number <= 0) refuse(name, 'a number above 0', value);
  return number;
}

/** A size, or edges to fit a picture to: the sets of keys that transformers resizes by; it too rejects `longest_edge` alone. */
export function readTarget(name: string, value: unknown): Size | AspectSize {
  const sides = Object.entries(typeof value === 'object' ? Object(value) : {}).filter(
    ([, side]) => (side ?? null) !== null,
  );
  const keys = sides.map(([key]) => key).sort();
  if (!['shortest_edge', 'longest_edge,shortest_edge', 'max_height,max_width'].includes(keys.join()))
    return readSize(name, value);
  if (!sides.every(([, side]) => isSide(side))) refuse(name, 'of positive whole numbers', value);
  return Object.fromEntries(sides) as unknown as AspectSize;
}

/** A side of a square, both sides in order, or by name. */
export function readSize(name: string, value: unknown): Size {
  const [height, width] = typeof value === 'number' ? [value, value] : sides(value);
  const fits = isSide(height) && isSide(width) && height * width <= DEFAULT_MAX_PIXELS;
  if (!fits) refuse(name, 'a positive whole number, [height, width] or {height, width}, 64 megapixels at most', value);
  return { height, width };
}

/** A whole number of pixels. */
export function readSide(name: string, value: unknown): number {
  if (!isSide(value) || value * value > DEFAULT_MAX_PIXELS)
    refuse(name, 'a positive whole number, 8000 at most', value);
  return value;
}

function isSide(n: unknown): n is number {
  return Number.isInteger(n) && (n as number) > 0;
}

function sides(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value.length === 2 ? value : [];
  const { height, width } = (value ?? {}) as Partial<Size>;
  return [height, width];
}

/** By name, or by the number Pillow gives it. */
export function readResample(name: string, value: unknown): ResampleFilter {
  const filter = typeof value === 'number' ? RESAMPLE_FILTERS[value] : RESAMPLE_FILTERS.find((f) => f === value);
  return filter ?? refuse(name, `0 to 5 or one of ${RESAMPLE_FILTERS.join(', ')}`, value);
}

/** One number for every channel, or one for each. @returns [3] */
export function readChannels(name: string, value: unknown): readonly number[] {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value, value, value];
  const fits = values.length === 3 && values.every((v) => typeof v === 'number' && Number.isFinite(v));
  if (!fits) refuse(name, 'a finite number or three', value);
  return [...values] as number[];
}

/** The same for what is divided by. @returns [3] */
export function readDeviation(name: string, value: unknown): readonly number[] {
  const values = readChannels(name, value);
  if (values.some((v) => Math.fround(v) === 0)) refuse(name, 'numbers other than zero', value);
  return values;
}

function refuse(name: string, expected: string, value: unknown): never {
  throw new BeitError(
    'InvalidConfig',
    `Cannot read image processor config: expected ${name} to be ${expected}, got ${quoted(value)}`,
  );
}

import { Tensor as LibraryTensor, type TensorType } from '../index.ts';
import { Tensor } from './tensor.ts';

/** `lastHiddenState` → `last_hidden_state`. */
export type SnakeCase<S extends string> = S extends `${infer Head}${infer Rest}`
  ? `${Head extends Lowercase<Head> ? Head : `_${Lowercase<Head>}`}${SnakeCase<Rest>}`
  : S;

type WithLists<V> =
  V extends LibraryTensor<infer T extends TensorType> ? Tensor<T> : V extends readonly LibraryTensor[] ? Tensor[] : V;

/** An output of the library under the names of transformers.js, each tensor with `tolist`. */
export type SnakeCased<O> = { [K in keyof O & string as SnakeCase<K>]: WithLists<O[K]> };

/** The names of the library; what is null was not given. */
export function camelKeys(options: object): Record<string, unknown> {
  const given = Object.entries(options).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(
    given.map(([name, value]) => [name.replace(/_([a-z0-9])/g, (_, letter) => letter.toUpperCase()), value]),
  );
}

/** The names of transformers.js; what is undefined is left out. */
export function snakeKeys<O extends object>(output: O): SnakeCased<O> {
  const given = Object.entries(output).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    given.map(([name, value]) => [name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), withLists(value)]),
  ) as SnakeCased<O>;
}

function withLists(value: unknown): unknown {
  if (value instanceof LibraryTensor) return Tensor.of(value);
  return Array.isArray(value) ? value.map(withLists) : value;
}

import type { DtypeName } from '../dtype.ts';

/** What a pickle can make here: plain data, names of what is allowed, storages and views of them. Nothing runs. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | PickleValue[]
  | Tuple
  | Map<PickleValue, PickleValue>
  | GlobalName
  | ModuleClass
  | ModuleRecord
  | Stub
  | TorchStorage
  | TorchTensor;

export class Tuple {
  readonly items: readonly PickleValue[];
  constructor(items: readonly PickleValue[]) {
    this.items = items;
  }
}

/** One name of the allow-list. */
export class GlobalName {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** A class of modules that is known to hold nothing but tensors and other modules. */
export class ModuleClass {}

/** An object of such a class: its attributes as they were saved, without methods. */
export class ModuleRecord {
  attributes: PickleValue = null;
}

/** Replaces any object of a class that is not allowed: it has no content and takes none. */
export class Stub {}

/** `numel` elements under a key, from element `base` on. */
export class TorchStorage {
  readonly key: string;
  readonly dtype: DtypeName;
  readonly numel: number;
  readonly base: number;
  constructor(key: string, dtype: DtypeName, numel: number, base = 0) {
    this.key = key;
    this.dtype = dtype;
    this.numel = numel;
    this.base = base;
  }
}

/** A view of a storage that was checked against it; `offset` and `strides` count elements. */
export class TorchTensor {
  readonly storage: TorchStorage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  constructor(storage: TorchStorage, offset: number, shape: readonly number[], strides: readonly number[]) {
    this.storage = storage;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
  }
}

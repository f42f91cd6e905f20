/** One picture of a batch. */
export interface Sample {
  /** What the result is called: the path in a folder, the key in a tar shard, the row in a parquet file. */
  readonly key: string;
  /** @throws `FileNotFound`, `FileSystem` and what else opening it may throw */
  read(): Promise<Uint8Array>;
}

/** The unit of work: it is done whole or not at all, and its results are files of their own. */
export interface Shard {
  /** Place among all shards of the input. */
  readonly index: number;
  readonly name: string;
  /** What changes when the input changes: names, sizes and times of its files. */
  readonly fingerprint: string;
  /** Pictures; null for a tar file, which tells only at its end. */
  readonly count: number | null;
  samples(): AsyncIterable<Sample>;
}

import { parquetWriteBuffer } from 'hyparquet-writer';
import type { BeitError } from '../errors.ts';
import { npy } from './npy.ts';
import type { BatchResult, BatchTask } from './task.ts';

/** What became of one picture; `result` is null for one that failed. */
export interface Row {
  readonly key: string;
  readonly result: BatchResult | null;
  readonly error: BeitError | null;
  /** SHA-256 of the encoded picture; null for one that could not be read. */
  readonly hash: string | null;
}

/**
 * The files of a shard's results, by their path in the output folder. Embeddings have the layout of clip-retrieval:
 * `img_emb/img_emb_P.npy` and `metadata/metadata_P.parquet`, row by row the same pictures; the embedding of a picture that
 * failed is zeros. Other tasks give one JSON object a line.
 */
export function resultFiles(task: BatchTask, part: string, rows: readonly Row[], dtype: 'f32' | 'f16') {
  if (task !== 'embed') return { [`${task}/${part}.jsonl`]: jsonLines(rows) };
  const size = (rows.find(({ result }) => result)?.result as Float32Array | undefined)?.length ?? 0;
  const embeddings = rows.map(({ result }) => (result as Float32Array | null) ?? new Float32Array(size));
  return {
    [`img_emb/img_emb_${part}.npy`]: npy(embeddings, dtype),
    [`metadata/metadata_${part}.parquet`]: metadata(rows),
  };
}

function metadata(rows: readonly Row[]): Uint8Array {
  const text = (name: string, data: (string | null)[]) => ({ name, data, type: 'STRING' as const });
  const buffer = parquetWriteBuffer({
    columnData: [
      text(
        'image_path',
        rows.map(({ key }) => key),
      ),
      text(
        'status',
        rows.map(({ error }) => (error ? 'failed' : 'success')),
      ),
      text(
        'error_code',
        rows.map(({ error }) => error?.code ?? null),
      ),
      text(
        'error_message',
        rows.map(({ error }) => error?.message ?? null),
      ),
    ],
  });
  return new Uint8Array(buffer);
}

function jsonLines(rows: readonly Row[]): Uint8Array {
  return new TextEncoder().encode(rows.map((row) => jsonLine('image', row)).join(''));
}

/** One result as a line of JSON; `name` is what the key is called. */
export function jsonLine(name: string, { key, result, error }: Omit<Row, 'hash'>): string {
  const found = error ? { error: { code: error.code, message: error.message } } : (result as object);
  return `${JSON.stringify({ [name]: key, ...found })}\n`;
}

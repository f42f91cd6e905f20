import type { BeitError } from '../errors.ts';

/** What became of one picture: its embedding, or why there is none. */
export interface EmbedRow {
  readonly image: string;
  readonly embedding: Float32Array | null;
  readonly error?: BeitError | undefined;
}

/** Where rows are written as they come, so that what was computed is kept when the command is stopped. */
export interface EmbedOutput {
  /** Rows that are there already. */
  readonly rows: number;
  /** The pictures of these rows. */
  readonly images: readonly string[];
  write(row: EmbedRow): Promise<void>;
  close(): Promise<void>;
}

/** A row as a line of JSON. */
export function embedLine({ image, embedding, error }: EmbedRow): string {
  const failed = error && { error: { code: error.code, message: error.message } };
  return `${JSON.stringify({ image, ...(embedding && { embedding: [...embedding] }), ...failed })}\n`;
}

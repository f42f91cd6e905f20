import { open, rename } from 'node:fs/promises';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { onDisk } from '../platform/node/fileSystemError.ts';
import type { EmbedOutput, EmbedRow } from './embedRow.ts';

/** Numbers of a row group at most, which is what is held in memory. */
const GROUP = 2 ** 21;

/** One row a picture; `embedding` is null where `error_code` and `error_message` are not. */
const SCHEMA: ConstructorParameters<typeof ParquetWriter>[0]['schema'] = [
  { name: 'root', num_children: 4 },
  { name: 'image', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
  { name: 'embedding', converted_type: 'LIST', repetition_type: 'OPTIONAL', num_children: 1 },
  { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
  { name: 'element', type: 'FLOAT', repetition_type: 'REQUIRED' },
  { name: 'error_code', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
  { name: 'error_message', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
];

/** Rows of a Parquet file. It has its name once it is whole: until then it is `PATH.part`. */
export async function openParquet(path: string, cols: number): Promise<EmbedOutput> {
  const part = `${path}.part`;
  const handle = await onDisk(`write ${path}`, () => open(part, 'w'));
  const writer = new ByteWriter();
  const parquet = new ParquetWriter({ writer, schema: SCHEMA });
  const rowsAtOnce = Math.max(1, Math.floor(GROUP / cols));
  let rows: EmbedRow[] = [];
  const toDisk = async () => {
    await handle.appendFile(new Uint8Array(writer.buffer, 0, writer.index));
    writer.index = 0; // `offset` goes on counting
  };
  const writeGroup = () =>
    onDisk(`write ${path}`, async () => {
      await parquet.write({ columnData: columnsOf(rows), rowGroupSize: rowsAtOnce });
      rows = [];
      await toDisk();
    });
  return {
    rows: 0,
    images: [],
    async write(row) {
      if (rows.push(row) === rowsAtOnce) await writeGroup();
    },
    async close() {
      if (rows.length > 0) await writeGroup();
      await onDisk(`write ${path}`, async () => {
        await parquet.finish();
        await toDisk();
        await handle.close();
        await rename(part, path);
      });
    },
  };
}

function columnsOf(rows: readonly EmbedRow[]): Parameters<ParquetWriter['write']>[0]['columnData'] {
  const embedding = rows.map((row) => row.embedding && Array.from(row.embedding));
  return [
    { name: 'image', data: rows.map(({ image }) => image) },
    // numbers without a pattern: nothing is gained by compressing them or by their least and largest
    { name: 'embedding', data: embedding, encoding: 'PLAIN', codec: 'UNCOMPRESSED', statistics: false },
    { name: 'error_code', data: rows.map(({ error }) => error?.code ?? null) },
    { name: 'error_message', data: rows.map(({ error }) => error?.message ?? null) },
  ];
}

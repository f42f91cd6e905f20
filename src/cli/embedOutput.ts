import { type FileHandle, open, readFile } from 'node:fs/promises';
import { npyHeader } from '../batch/npy.ts';
import { check } from '../errors.ts';
import { onDisk } from '../platform/node/fileSystemError.ts';
import { type EmbedOutput, embedLine } from './embedRow.ts';

/** By the extension of `path`. @throws `InvalidArgument` for another one, or to go on with a file of other rows */
export async function openEmbedOutput(path: string, cols: number, resume: boolean): Promise<EmbedOutput> {
  if (path.endsWith('.jsonl')) return openLines(path, resume);
  if (path.endsWith('.npy')) return openNpy(path, cols, resume);
  check(path.endsWith('.parquet'), 'InvalidArgument', () => {
    return `Cannot write "${path}": expected a name that ends in .npy, .jsonl or .parquet`;
  });
  check(!resume, 'InvalidArgument', () => {
    return `Cannot go on with "${path}": a Parquet file is written anew (--resume works with .npy and .jsonl)`;
  });
  const { openParquet } = await import('./embedParquet.ts');
  return openParquet(path, cols);
}

async function openLines(path: string, resume: boolean): Promise<EmbedOutput> {
  const kept = resume ? await wholeLines(path) : [];
  const handle = await onDisk(`write ${path}`, () => open(path, resume ? 'a+' : 'w'));
  if (resume) await handle.truncate(bytesOf(kept));
  return {
    rows: kept.length,
    images: kept.map(imageOf),
    write: (row) => onDisk(`write ${path}`, () => handle.appendFile(embedLine(row))),
    close: () => handle.close(),
  };
}

/** NumPy rows, of NaN for pictures that failed, and beside them `NAME.names.jsonl` with the picture of each row. */
async function openNpy(path: string, cols: number, resume: boolean): Promise<EmbedOutput> {
  const names = path.replace(/npy$/, 'names.jsonl');
  const lines = resume ? await wholeLines(names) : [];
  const rowBytes = 4 * cols;
  const existing = resume ? await readFile(path).catch(() => null) : null;
  if (existing) checkCols(path, existing, cols);
  const start = npyHeader(0, cols).length;
  const count = Math.min(lines.length, existing ? Math.floor((existing.length - start) / rowBytes) : 0);
  const kept = lines.slice(0, count);
  const [rows, list] = await onDisk(`write ${path}`, () =>
    Promise.all([open(path, existing ? 'r+' : 'w+'), open(names, 'a+')]),
  );
  await Promise.all([rows.truncate(start + Math.max(0, count) * rowBytes), list.truncate(bytesOf(kept))]);
  let written = count;
  await writeAll(rows, npyHeader(written, cols), 0);
  return {
    rows: count,
    images: kept.map(imageOf),
    async write(row) {
      const values = row.embedding ?? new Float32Array(cols).fill(Number.NaN);
      const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
      await onDisk(`write ${path}`, async () => {
        await writeAll(rows, bytes, start + written * rowBytes);
        await list.appendFile(embedLine({ ...row, embedding: null }));
        await writeAll(rows, npyHeader(++written, cols), 0);
      });
    },
    close: async () => void (await Promise.all([rows.close(), list.close()])),
  };
}

function checkCols(path: string, bytes: Uint8Array, cols: number): void {
  const shape = /'shape': \((\d+), (\d+)\)/.exec(new TextDecoder('latin1').decode(bytes.subarray(0, 128)));
  check(Number(shape?.[2]) === cols, 'InvalidArgument', () => {
    return `Cannot go on with "${path}": expected rows of ${cols} numbers, got ${shape?.[2] ?? 'no NumPy file'}`;
  });
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  await handle.write(bytes, 0, bytes.length, at);
}

/** A line that was cut off is left out. */
async function wholeLines(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .slice(0, -1);
}

function bytesOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
}

function imageOf(line: string): string {
  return (JSON.parse(line) as { image: string }).image;
}

import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { BeitError, check, reason } from '../errors.ts';
import { quoted } from '../quoted.ts';
import type { Sample } from './sample.ts';
import { jsonLine } from './shardResults.ts';
import { type PoolOptions, WorkerPool } from './workerPool.ts';

/**
 * Computes pictures as they come, for engines such as Ray and Spark that drive a process: a JSON line in gives a JSON line
 * out, in the same order. `{"id": …, "image": base64}` or `{"id": …, "path": …}` gives `{"id": …, "embedding": […]}`, the
 * guesses, the segments, or `{"id": …, "error": {code, message}}`.
 */
export async function runStream(options: PoolOptions, input: Readable, write: (line: string) => void): Promise<void> {
  const pool = await WorkerPool.open(options);
  try {
    for await (const { key, result, error } of pool.stream(samplesOf(input), options.signal)) {
      const found = result instanceof Float32Array ? { embedding: [...result] } : result;
      write(jsonLine('id', { key, result: found, error }));
    }
  } finally {
    pool.dispose();
  }
}

async function* samplesOf(input: Readable): AsyncGenerator<Sample> {
  let count = 0;
  for await (const line of createInterface({ input })) {
    if (line.trim() !== '') yield sampleOf(line, String(count++));
  }
}

function sampleOf(line: string, fallback: string): Sample {
  try {
    const { id, image, path } = JSON.parse(line) as { id?: unknown; image?: string; path?: string };
    const key = id === undefined ? fallback : String(id);
    return { key, read: async () => pictureOf(image, path) };
  } catch (cause) {
    const error = new BeitError('InvalidArgument', `Cannot read line ${fallback}: ${reason(cause)}`, { cause });
    return { key: fallback, read: () => Promise.reject(error) };
  }
}

async function pictureOf(image: string | undefined, path: string | undefined): Promise<Uint8Array> {
  if (typeof image === 'string') return new Uint8Array(Buffer.from(image, 'base64'));
  check(typeof path === 'string', 'InvalidArgument', 'Cannot read a line: expected "image" as base64, or "path"');
  try {
    return await readFile(path);
  } catch (cause) {
    throw new BeitError('FileNotFound', `Cannot read the picture ${quoted(path)}: ${reason(cause)}`, { cause });
  }
}

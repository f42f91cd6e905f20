import { readFileSync } from 'node:fs';
import type { ModelJob } from './serve.ts';

/** The pixels of a job, and their dims. */
export function readPixels(job: ModelJob): { data: Float32Array; dims: number[] } {
  const bytes = readFileSync(job.pixels);
  const data = new Float32Array(new Uint8Array(bytes).buffer);
  return { data, dims: [job.images, 3, job.size, job.size] };
}

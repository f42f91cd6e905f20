// Training in a worker; to cancel is to end the worker.
import type { TrainAnswer, TrainRequest } from '../train.worker.ts';

export type Trained = Extract<TrainAnswer, { kind: 'done' }>;

/** @throws `Error` as training does; `AbortError` */
export function trainInWorker(
  request: TrainRequest,
  onProgress: (text: string, share: number | null) => void,
  signal: AbortSignal,
): Promise<Trained> {
  const worker = new Worker(new URL('./train.worker.js', import.meta.url), { type: 'module' });
  return new Promise<Trained>((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
    worker.addEventListener('error', (event) =>
      reject(new Error(event.message || 'The script for training did not load.')),
    );
    worker.addEventListener('message', ({ data }: MessageEvent<TrainAnswer>) => {
      if (data.kind === 'progress') onProgress(data.text, data.share);
      if (data.kind === 'failed') reject(new Error(data.message));
      if (data.kind === 'done') resolve(data);
    });
    worker.postMessage(request);
  }).finally(() => worker.terminate());
}

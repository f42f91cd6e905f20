// Trains the last layer of a model, out of the page's way. The library for it is fetched when it is needed.
import type { TrainExample } from 'beit-wasm/train';
import { progressText, watchProgress } from './parts/progress.ts';

export interface TrainRequest {
  readonly source: string;
  /** Of the model, for people. */
  readonly name: string;
  readonly examples: readonly { readonly image: Blob | ImageData; readonly label: string }[];
}

export type TrainAnswer =
  | { readonly kind: 'progress'; readonly text: string; readonly share: number | null }
  | {
      readonly kind: 'done';
      readonly files: Record<string, Uint8Array<ArrayBuffer>>;
      readonly loss: number;
      readonly ms: number;
    }
  | { readonly kind: 'failed'; readonly message: string };

const EPOCHS = 100;
const tell = (answer: TrainAnswer) => postMessage(answer);

addEventListener('message', async ({ data }: MessageEvent<TrainRequest>) => {
  try {
    await train(data);
  } catch (error) {
    tell({ kind: 'failed', message: (error as Error).message });
  }
});

async function train({ source, name, examples }: TrainRequest): Promise<void> {
  const { fineTune } = await import('beit-wasm/train');
  const began = performance.now();
  const watch = watchProgress((progress) =>
    tell({ kind: 'progress', text: progressText(name, progress), share: progress.share }),
  );
  const tuned = await fineTune(source, examples.map(toExample), {
    train: 'head',
    epochs: EPOCHS,
    validation: 0, // a handful of pictures: all of them are needed
    onBadPicture: 'throw',
    onProgress: watch.event,
    onTraining: (event) => {
      watch.end(); // the model is there
      const { status } = event;
      if (status === 'features')
        tell({
          kind: 'progress',
          text: `Reading picture ${event.done} of ${event.total}`,
          share: event.done / event.total / 2,
        });
      if (status === 'epoch')
        tell({
          kind: 'progress',
          text: `Training, loss ${event.loss.toFixed(3)}`,
          share: 0.5 + event.epoch / EPOCHS / 2,
        });
    },
  });
  const ms = performance.now() - began;
  const files: Record<string, Uint8Array<ArrayBuffer>> = {};
  await tuned.save((name) => {
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    return {
      write: async (chunk) => void chunks.push(chunk.slice()),
      close: async () => {
        files[name] = new Uint8Array(await new Blob(chunks).arrayBuffer());
      },
    };
  });
  const { loss } = tuned.history.at(-1)!;
  tuned.dispose();
  tell({ kind: 'done', files, loss, ms });
}

function toExample({ image, label }: TrainRequest['examples'][number]): TrainExample {
  return { label, image: image instanceof Blob ? image : { ...pixels(image), channels: 4 } };
}

function pixels({ data, width, height }: ImageData) {
  return { data: new Uint8Array(data.buffer, data.byteOffset, data.length), width, height };
}

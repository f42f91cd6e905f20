// One model at a time: panels that want the same share it, and a page that switches gives memory back.
import { type Pipelines, pipeline } from 'beit-wasm';
import type { Choice, PanelTask } from './choices.ts';
import { type LoadProgress, watchProgress } from './progress.ts';

export interface Wanted {
  readonly choice: Choice;
  readonly device: 'wasm' | 'webgpu';
}

type AnyPipeline = Pipelines[PanelTask];

interface Slot {
  readonly key: string;
  readonly loading: Promise<AnyPipeline>;
  readonly controller: AbortController;
  isLoaded: boolean;
}

let slot: Slot | null = null;

/** The model, loaded now unless it is there or on its way. @throws what `pipeline` throws; `Aborted` after {@link unload} */
export async function load<T extends PanelTask>(
  task: T,
  { choice, device }: Wanted,
  onProgress: (progress: LoadProgress) => void,
): Promise<Pipelines[T]> {
  const key = JSON.stringify([task, choice.source, device]);
  listener = onProgress;
  if (slot?.key !== key) {
    unload();
    slot = start(key, task, choice, device);
  }
  const { loading } = slot;
  try {
    const pipe = (await loading) as Pipelines[T];
    if (slot?.loading === loading) slot.isLoaded = true;
    return pipe;
  } catch (error) {
    if (slot?.loading === loading) slot = null;
    throw error;
  }
}

let listener: ((progress: LoadProgress) => void) | null = null;

function start(key: string, task: PanelTask, { source, dtype }: Choice, device: Wanted['device']): Slot {
  const controller = new AbortController();
  const watch = watchProgress((progress) => slot?.key === key && listener?.(progress));
  const options = { device, dtype, signal: controller.signal, onProgress: watch.event };
  const loading = pipeline(task, source, options).finally(watch.end);
  return { key, loading, controller, isLoaded: false };
}

/** Stops what is loading and disposes of what is loaded. */
export function unload(): void {
  const old = slot;
  slot = null;
  if (!old) return;
  old.controller.abort();
  old.loading.then(
    (pipe) => pipe.dispose(),
    () => {}, // whoever asked for it was told
  );
}

/** Stops a download; a model that is loaded stays. */
export function cancelLoading(): void {
  if (slot && !slot.isLoaded) unload();
}

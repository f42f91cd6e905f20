// What most panels are: a picture on one side, what the model makes of it on the other.
import { type Pipelines, runtimeInfo } from 'beit-wasm';
import type { Choice, PanelTask } from './choices.ts';
import { isAborted, make } from './dom.ts';
import { cancelLoading, load } from './loader.ts';
import { ModelPicker } from './picker.ts';
import type { OpenedPicture } from './pictures.ts';
import { inMegabytes } from './progress.ts';
import { samplesOf } from './samples.ts';
import { PictureSource } from './source.ts';
import { Stage } from './stage.ts';
import type { Panel } from './tabs.ts';

/** What a panel shows of an answer. */
export interface View<T extends PanelTask> {
  readonly element: HTMLElement;
  /** Computes and shows; resolves to a sentence that says it. */
  look(pipe: Pipelines[T], picture: OpenedPicture, signal: AbortSignal, choice: Choice): Promise<string>;
}

export function picturePanel<T extends PanelTask>(task: T, newView: (again: () => void) => View<T>): Panel {
  let picture: OpenedPicture | null = null;
  let running: AbortController | null = null;
  const view = newView(() => void answer(true));
  const cancel = () => {
    running?.abort();
    cancelLoading();
  };
  const stage = new Stage(view.element, { onCancel: cancel, onRetry: () => void answer() });
  const picker = new ModelPicker(task, () => {
    offer();
    void answer();
  });
  const source = new PictureSource({
    onPicture: (given, live) => {
      picture = given;
      return answer(live);
    },
    onError: (error) => {
      picture = null;
      running?.abort();
      running = null; // so that the end of what ran does not hide the error
      stage.failed(error, invitation(), picture !== null);
    },
  });
  const invitation = () => {
    const { name, megabytes } = picker.wanted.choice;
    const isLarge = megabytes === null || megabytes > 1;
    const size = megabytes === null ? '' : `: ${megabytes} MB, once`;
    return isLarge
      ? `Pick a picture. The first one downloads ${name}${size}.`
      : 'Pick a picture, and the answer appears here.';
  };
  const offer = () => {
    const { samples, hint } = picker.wanted.choice;
    source.offer(samplesOf(samples), hint);
    if (!picture) stage.empty(invitation());
  };

  /** A later picture ends the one before; `quiet` leaves the answer that is shown until the next is there. */
  async function answer(quiet = false): Promise<void> {
    if (!picture) return stage.empty(invitation());
    running?.abort();
    const { signal } = (running = new AbortController());
    const { wanted } = picker;
    const { name } = wanted.choice;
    try {
      if (!quiet || stage.state !== 'answer') stage.loading(`Loading ${name}`);
      const loading = load(task, wanted, (progress) => !signal.aborted && stage.loadingModel(name, progress));
      const pipe = await orAborted(loading, signal);
      if (!quiet || stage.state !== 'answer') stage.loading('Looking at the picture');
      const began = performance.now();
      const said = await view.look(pipe, picture, signal, wanted.choice);
      if (!signal.aborted) stage.answered(said, factsOf(pipe, performance.now() - began));
    } catch (error) {
      // what was ended by a later picture has nothing to say
      if (running?.signal === signal) stage.failed(error, invitation(), picture !== null);
      if (!isAborted(error)) source.stopCamera();
    }
  }

  offer();
  const content = [picker.element, make('div', { class: 'work' }, source.element, stage.element)];
  return {
    content,
    take: (blobs) => void source.take(blobs[0]),
    leave: () => source.stopCamera(),
    failed: (e) => stage.failed(e, invitation(), picture !== null),
  };
}

/** A model that others may want goes on loading; whoever canceled need not wait for it. */
function orAborted<V>(promise: Promise<V>, signal: AbortSignal): Promise<V> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
    promise.then(resolve, reject);
  });
}

export function factsOf({ model }: Pipelines[PanelTask], ms: number): string {
  const { adapter, simd, threads, threadsReason, memory } = runtimeInfo(model);
  const engine = adapter ? `WebGPU, ${adapter}` : `${simd} SIMD`;
  const count = `${threads} ${threads === 1 ? 'thread' : 'threads'}${threadsReason && threads === 1 ? ` (${threadsReason})` : ''}`;
  return [`${ms.toFixed(ms < 10 ? 1 : 0)} ms`, engine, ...(adapter ? [] : [count]), inMegabytes(memory ?? 0)].join(
    ' · ',
  );
}

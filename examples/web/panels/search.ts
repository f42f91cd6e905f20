// Pictures in the order of how alike they are to one of them.
import type { Tensor } from 'beit-wasm';
import { beside } from '../parts/choices.ts';
import { button, make, messageOf } from '../parts/dom.ts';
import { load } from '../parts/loader.ts';
import { ModelPicker } from '../parts/picker.ts';
import { factsOf } from '../parts/picturePanel.ts';
import { type OpenedPicture, openPicture } from '../parts/pictures.ts';
import { fetchScans } from '../parts/safetensors.ts';
import { fileButton } from '../parts/source.ts';
import { Stage } from '../parts/stage.ts';
import type { Panel } from '../parts/tabs.ts';

interface Item extends OpenedPicture {
  /** Of length 1, so that a dot product is the cosine; null until it was computed. */
  vector: Float32Array | null;
}

/** Scans that come with the page: some digits, and how many of each. */
const OURS = { digits: [0, 3, 4, 7], count: 4 };
const INVITATION = 'Add some pictures. Choose one, and the others are sorted by how alike they are.';

export function searchPanel(): Panel {
  let items: Item[] = [];
  let query: Item | null = null;
  let running: AbortController | null = null;
  const results = make('ol', { class: 'results', 'aria-label': 'Pictures, the most alike first' });
  const title = make('p', { class: 'headline' });
  const leftOut = make('p', { class: 'left-out' });
  const stage = new Stage(make('div', {}, title, leftOut, results), {
    onCancel: () => running?.abort(),
    onRetry: () => void embed(),
  });
  const picker = new ModelPicker('image-feature-extraction', () => {
    for (const item of items) item.vector = null;
    void embed();
  });

  /** What can be read is added, and the first that cannot is named. */
  async function add(blobs: readonly Blob[]): Promise<void> {
    const opened = await Promise.allSettled(blobs.map((blob) => openPicture(blob)));
    const read = opened.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const failed = opened.findIndex(({ status }) => status === 'rejected');
    const { reason } = (opened[failed] ?? {}) as { reason?: unknown };
    if (items.length + read.length === 0) return stage.failed(reason, INVITATION, false);
    items.push(...read.map((picture): Item => ({ ...picture, vector: null })));
    leftOut.textContent = failed < 0 ? '' : `Left out “${(blobs[failed] as File).name}”: ${messageOf(reason)}`;
    await embed();
  }

  /** Vectors for pictures that have none yet. */
  async function embed(): Promise<void> {
    if (items.length === 0) return stage.empty(INVITATION);
    running?.abort();
    const { signal } = (running = new AbortController());
    const { wanted } = picker;
    try {
      stage.loading(`Loading ${wanted.choice.name}`);
      const pipe = await load('image-feature-extraction', wanted, (progress) =>
        stage.loadingModel(wanted.choice.name, progress),
      );
      const began = performance.now();
      const missing = items.filter(({ vector }) => !vector);
      for (const [i, item] of missing.entries()) {
        stage.loading(`Reading picture ${i + 1} of ${missing.length}`, i / missing.length);
        item.vector = rowOf(await pipe.embed(item.input, { signal }));
      }
      query ??= items[0];
      rank();
      stage.answered(`${title.textContent}. ${leftOut.textContent}`, factsOf(pipe, performance.now() - began));
    } catch (error) {
      if (running?.signal !== signal) return;
      items = items.filter(({ vector }) => vector); // what could not be read must not fail again
      stage.failed(error, INVITATION, items.length > 0);
    }
  }

  function rank(): void {
    const scored = items.map((item) => ({ item, score: dot(item.vector!, query!.vector!) }));
    scored.sort((a, b) => b.score - a.score);
    title.textContent = `Most like “${query!.name}”`;
    results.replaceChildren(...scored.map(({ item, score }) => card(item, score, item === query, choose)));
  }

  function choose(item: Item): void {
    query = item;
    rank();
    results.querySelector<HTMLElement>('[aria-pressed="true"]')!.focus();
  }

  const addOurs = async () => {
    try {
      const folder = beside('models/beit-digits');
      const scans = await Promise.all(OURS.digits.map((digit) => fetchScans(folder, digit, OURS.count)));
      await add(scans.flat());
    } catch (error) {
      stage.failed(error, INVITATION, items.length > 0);
    }
  };
  const clear = () => {
    running?.abort();
    [items, query] = [[], null];
    stage.empty(INVITATION);
  };
  const row = make(
    'div',
    { class: 'row' },
    fileButton('Add pictures', true, (files) => void add(files)),
    button('Add our scans', () => void addOurs()),
    button('Clear', clear),
  );
  stage.empty(INVITATION);
  return {
    content: [
      picker.element,
      make('div', { class: 'card' }, row, make('p', { class: 'hint' }, 'Or drop and paste them, several at once.')),
      stage.element,
    ],
    take: (blobs) => void add(blobs),
    failed: (error) => stage.failed(error, INVITATION, items.length > 0),
    leave: () => {},
  };
}

function card(item: Item, score: number, isQuery: boolean, choose: (item: Item) => void): HTMLElement {
  const picture = make('canvas', {
    class: 'thumbnail',
    width: item.canvas.width,
    height: item.canvas.height,
    'aria-hidden': 'true',
  });
  picture.getContext('2d')!.drawImage(item.canvas, 0, 0);
  const label = isQuery ? `${item.name}, the picture that is searched for` : `${item.name}, ${score.toFixed(2)} alike`;
  const element = button(picture, () => choose(item), {
    'aria-pressed': String(isQuery),
    'aria-label': label,
    title: item.name,
  });
  element.append(make('span', { class: 'number' }, isQuery ? 'chosen' : score.toFixed(2)));
  return make('li', {}, element);
}

function rowOf({ data }: Tensor): Float32Array {
  return Float32Array.from(data);
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, x, i) => sum + x * b[i], 0);
}

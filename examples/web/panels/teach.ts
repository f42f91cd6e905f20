// Name classes, show pictures of each, train the last layer in seconds, and see it answer.
import { type ImageClassificationPipeline, pipeline } from 'beit-wasm';
import { Bars } from '../parts/bars.ts';
import { ClassCard } from '../parts/classCard.ts';
import { announce, button, isAborted, make } from '../parts/dom.ts';
import { unload } from '../parts/loader.ts';
import { ModelPicker } from '../parts/picker.ts';
import { inMegabytes } from '../parts/progress.ts';
import { PictureSource, type Sample } from '../parts/source.ts';
import { Stage } from '../parts/stage.ts';
import type { Panel } from '../parts/tabs.ts';
import { download, fetchExample, whyNot } from '../parts/teaching.ts';
import { type Trained, trainInWorker } from '../parts/trainer.ts';

const INVITATION = 'Name your classes and give each of them some pictures. Then train.';

export function teachPanel(): Panel {
  let cards: ClassCard[] = [];
  let running: AbortController | null = null;
  let tuned: ImageClassificationPipeline | null = null;
  let trained: Trained | null = null;

  const list = make('div', { class: 'classes' });
  const lacking = make('p', { class: 'hint', id: 'train-lacking' });
  const trainButton = button('Train', () => void train(), { class: 'primary', 'aria-describedby': 'train-lacking' });
  const summary = make('p', { class: 'headline' });
  const outdated = make(
    'p',
    { class: 'hint', hidden: true },
    'The pictures have changed since then. Train again to use them.',
  );
  const bars = new Bars();
  const tryIt = new PictureSource({
    onPicture: async (picture) => {
      const guesses = await tuned!(picture.input, { topK: null });
      announce(bars.show(guesses));
    },
    onError: (error) => stage.failed(error, INVITATION, whyNot(cards) === null),
  });
  const answer = make(
    'div',
    {},
    make(
      'div',
      { class: 'row spread' },
      summary,
      button('Download the model', () => download(trained!)),
    ),
    outdated,
    make('div', { class: 'try' }, tryIt.element, bars.element),
  );
  const stage = new Stage(answer, { onCancel: () => running?.abort(), onRetry: () => void train() });
  const picker = new ModelPicker('image-classification', () => changed(), false);

  const events = {
    onChange: () => changed(),
    onRemove: (card: ClassCard) => {
      card.stopCamera();
      cards = cards.filter((each) => each !== card);
      list.replaceChildren(...cards.map(({ element }) => element));
      changed();
    },
    onError: (error: unknown) => stage.failed(error, INVITATION, whyNot(cards) === null),
  };
  const addClass = (name = `Class ${cards.length + 1}`) => {
    const card = new ClassCard(name, events);
    cards.push(card);
    list.append(card.element);
    changed();
    return card;
  };

  function changed(): void {
    const reason = whyNot(cards);
    lacking.textContent = reason ?? '';
    trainButton.disabled = reason !== null;
    outdated.hidden = trained === null;
  }

  async function train(): Promise<void> {
    if (whyNot(cards)) return stage.empty(INVITATION);
    running?.abort();
    const { signal } = (running = new AbortController());
    for (const card of cards) card.stopCamera();
    tryIt.stopCamera();
    stage.loading('Fetching the model and the code for training');
    try {
      const examples = cards.flatMap(({ name, pictures }) =>
        pictures.map(({ input }) => ({ image: input, label: name })),
      );
      const { source, name } = picker.wanted.choice;
      trained = await trainInWorker({ source, name, examples }, (text, share) => stage.loading(text, share), signal);
      tuned?.dispose();
      unload();
      tuned = await pipeline('image-classification', trained.files, { signal });
      showTrained(trained);
    } catch (error) {
      if (running?.signal === signal || !isAborted(error)) stage.failed(error, INVITATION, whyNot(cards) === null);
    }
  }

  function showTrained({ ms, loss, files }: Trained): void {
    tryIt.offer(triedSamples, 'a picture that it has not seen');
    bars.clear('Show it a picture');
    const said = `Trained in ${(ms / 1000).toFixed(1)} s`;
    summary.textContent = `${said}.`;
    outdated.hidden = true;
    const size = Object.values(files).reduce((sum, { length }) => sum + length, 0);
    stage.answered(
      `${said}. Show it a picture.`,
      `loss ${loss.toFixed(3)} · ${inMegabytes(size)} · nothing has left this page`,
    );
  }

  let triedSamples: Sample[] = [];
  async function fillExample(): Promise<void> {
    try {
      const { classes, tried } = await fetchExample();
      for (const [i, { name, pictures }] of classes.entries()) {
        const card = cards[i] ?? addClass();
        card.name = name;
        card.clear();
        await card.add(pictures);
      }
      triedSamples = tried;
      announce('The example is filled in. Press Train.');
    } catch (error) {
      stage.failed(error, INVITATION, whyNot(cards) === null);
    }
  }

  addClass();
  addClass();
  stage.empty(INVITATION);
  const row = make(
    'div',
    { class: 'row' },
    button('Add a class', () => addClass()),
    button('Fill in an example', () => void fillExample()),
  );
  const left = make('div', { class: 'teaching' }, list, row, make('div', { class: 'row' }, trainButton, lacking));
  return {
    content: [picker.element, make('div', { class: 'work' }, left, stage.element)],
    take: (blobs, at) => {
      const card = cards.find(({ element }) => element.contains(at));
      if (card) void card.add(blobs);
      else if (stage.state === 'answer') void tryIt.take(blobs[0]);
      else void (cards[0] ?? addClass()).add(blobs);
    },
    failed: (error) => stage.failed(error, INVITATION, whyNot(cards) === null),
    leave: () => {
      tryIt.stopCamera();
      for (const card of cards) card.stopCamera();
    },
  };
}

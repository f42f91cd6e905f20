// Where an answer appears: one of empty, loading, error and answer is shown, and never two of them.
import { announce, button, isAborted, make, messageOf } from './dom.ts';
import { type LoadProgress, progressText } from './progress.ts';

type State = 'empty' | 'loading' | 'error' | 'answer';

export class Stage {
  readonly element: HTMLElement;
  readonly #emptyText = make('p', { class: 'hint' });
  readonly #loadingText = make('p', { class: 'loading-text' });
  readonly #bar = make('progress', { max: 1, 'aria-label': 'Progress' });
  readonly #errorText = make('p', { class: 'error-text' });
  readonly #facts = make('p', { class: 'facts' });
  readonly #cancel: HTMLButtonElement;
  readonly #retry: HTMLButtonElement;

  constructor(answer: HTMLElement, { onCancel, onRetry }: { onCancel: () => void; onRetry: () => void }) {
    this.#cancel = button('Cancel', onCancel, { class: 'cancel' });
    this.#retry = button('Try again', onRetry, { class: 'retry' });
    const part = (state: State, ...children: Node[]) => make('div', { class: state, 'data-part': state }, ...children);
    this.element = make(
      'div',
      { class: 'card stage', 'data-state': 'empty' },
      part('empty', patches(), this.#emptyText),
      part('loading', this.#loadingText, this.#bar, this.#cancel),
      part('error', make('h3', {}, 'That did not work'), this.#errorText, this.#retry),
      part('answer', answer, this.#facts),
    );
    this.#show('empty');
  }

  get state(): State {
    return this.element.dataset.state as State;
  }

  empty(text: string): void {
    this.#emptyText.textContent = text;
    this.#show('empty');
  }

  /** Something takes time; `share` null while nobody knows how much. */
  loading(text: string, share: number | null = null): void {
    this.#loadingText.textContent = text;
    if (share === null) this.#bar.removeAttribute('value');
    else this.#bar.value = share;
    if (this.state !== 'loading') announce(text);
    this.#show('loading');
  }

  /** Of a model that comes over the network. */
  loadingModel(name: string, progress: LoadProgress): void {
    this.loading(progressText(name, progress), progress.share);
  }

  /** An old answer goes away; an abort that was asked for is no error. */
  failed(error: unknown, emptyText: string, canRetry: boolean): void {
    if (isAborted(error)) {
      this.empty(emptyText);
      announce('Canceled.');
      return;
    }
    this.#retry.hidden = !canRetry;
    this.#errorText.textContent = messageOf(error);
    this.#show('error');
    announce(`That did not work: ${messageOf(error)}`);
  }

  answered(said: string, facts: string): void {
    this.#facts.textContent = facts;
    if (this.state !== 'answer') this.#reveal();
    this.#show('answer');
    announce(said);
  }

  /** On a phone the answer is below what was pressed. */
  #reveal(): void {
    const isBelow = this.element.getBoundingClientRect().top > 0.7 * innerHeight;
    if (isBelow) this.element.scrollIntoView({ block: 'start' });
  }

  /** The focus goes along when what has it is hidden. */
  #show(state: State): void {
    const hadFocus = [this.#cancel, this.#retry].includes(document.activeElement as HTMLButtonElement);
    this.element.dataset.state = state;
    for (const part of this.element.children)
      (part as HTMLElement).hidden = (part as HTMLElement).dataset.part !== state;
    this.element.setAttribute('aria-busy', String(state === 'loading'));
    if (!hadFocus) return;
    this.element.tabIndex = -1;
    this.element.focus({ preventScroll: true });
  }
}

/** A picture cut into patches, some of them hidden. */
export function patches(): HTMLElement {
  const hidden = [2, 5, 6, 11, 12];
  const cells = Array.from({ length: 16 }, (_, i) => make('i', { class: hidden.includes(i) ? 'hidden-patch' : '' }));
  return make('div', { class: 'patches', 'aria-hidden': 'true' }, ...cells);
}

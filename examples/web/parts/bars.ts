// Labels with their scores, the best first.
import { make, percent } from './dom.ts';

export interface Guess {
  readonly label: string;
  readonly score: number;
}

/** Below it, the best guess is only one of several. */
const UNSURE = 0.5;

/** A list that keeps its place while a camera gives answer after answer. */
export class Bars {
  readonly headline = make('p', { class: 'headline' });
  readonly #list = make('ol', { class: 'bars', 'aria-label': 'Labels, best first' });
  readonly element = make('div', {}, this.headline, this.#list);

  /** @returns a sentence that says the first */
  show(guesses: readonly Guess[]): string {
    const [{ label, score }] = guesses;
    const how = score < UNSURE ? 'Perhaps' : 'Probably';
    this.headline.replaceChildren(`${how} `, make('strong', {}, label));
    this.#list.replaceChildren(...guesses.map(bar));
    return `${how} ${label}, ${percent(score)}.`;
  }

  clear(text: string): void {
    this.headline.textContent = text;
    this.#list.replaceChildren();
  }
}

function bar({ label, score }: Guess): HTMLElement {
  const filled = make('i');
  filled.style.width = `${100 * score}%`;
  const values = { 'aria-valuemin': 0, 'aria-valuemax': 1, 'aria-valuenow': score, 'aria-valuetext': percent(score) };
  const meter = make('div', { class: 'bar', role: 'meter', 'aria-label': label, ...values }, filled);
  return make('li', {}, make('span', {}, label), make('span', { class: 'number' }, percent(score)), meter);
}

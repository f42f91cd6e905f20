// Which model, and where it runs.
import { CHOICES, type Choice, otherChoice, type PanelTask } from './choices.ts';
import { make } from './dom.ts';
import type { Wanted } from './loader.ts';

const OTHER = 'other';

export class ModelPicker {
  readonly element: HTMLElement;
  readonly #choices: readonly Choice[];
  readonly #select: HTMLSelectElement;
  readonly #name = make('input', {
    type: 'text',
    'aria-label': 'Name of a model on the Hugging Face hub',
    placeholder: 'owner/model',
    autocomplete: 'off',
    spellcheck: 'false',
    hidden: true,
  });
  readonly #gpu = make('input', { type: 'checkbox' });

  constructor(task: PanelTask, onChange: () => void, canUseGpu = 'gpu' in navigator) {
    this.#choices = CHOICES[task];
    const options = this.#choices.map((choice, i) =>
      make('option', { value: i }, `${choice.name} (${sizeOf(choice)})`),
    );
    this.#select = make('select', {}, ...options, make('option', { value: OTHER }, 'Another one of the hub…'));
    const gpu = make('label', { class: 'check', hidden: !canUseGpu }, this.#gpu, 'On the GPU');
    this.element = make(
      'div',
      { class: 'picker' },
      make('label', {}, make('span', {}, 'Model'), this.#select),
      this.#name,
      gpu,
    );
    this.#select.addEventListener('change', () => {
      this.#name.hidden = this.#select.value !== OTHER;
      if (this.#name.hidden) onChange();
      else this.#name.focus();
    });
    for (const input of [this.#name, this.#gpu]) input.addEventListener('change', onChange);
  }

  get wanted(): Wanted {
    const name = this.#name.value.trim();
    const isOther = this.#select.value === OTHER && name !== '';
    const choice = isOther ? otherChoice(name) : (this.#choices[Number(this.#select.value)] ?? this.#choices[0]);
    return { choice, device: this.#gpu.checked ? 'webgpu' : 'wasm' };
  }
}

function sizeOf({ megabytes }: Choice): string {
  return megabytes === null ? 'size unknown' : `${megabytes} MB`;
}

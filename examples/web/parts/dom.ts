// Elements with less typing.
type Child = Node | string | null;
type Attributes = Readonly<Record<string, string | number | boolean | null>>;

/** An element with attributes (`true` is an empty one; `false` and null are left away) and children. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (value !== null && value !== false) element.setAttribute(name, value === true ? '' : String(value));
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** A button that acts when it is pressed. */
export function button(label: Child, onClick: () => void, attributes: Attributes = {}): HTMLButtonElement {
  const element = make('button', { type: 'button', ...attributes }, label);
  element.addEventListener('click', onClick);
  return element;
}

/** A labeled range with its value beside it; `text` says the value in words. */
export function slider(
  label: string,
  { max, value, text }: { max: number; value: number; text: (value: number) => string },
  onInput: (value: number) => void,
) {
  const input = make('input', { type: 'range', min: 0, max, value, 'aria-label': label });
  const shown = make('output');
  const update = () => {
    shown.textContent = text(input.valueAsNumber);
    input.setAttribute('aria-valuetext', shown.textContent);
  };
  input.addEventListener('input', () => {
    update();
    onInput(input.valueAsNumber);
  });
  update();
  const element = make('label', { class: 'slider' }, make('span', {}, label), shown, input);
  /** Another model may have more layers. */
  const setMax = (most: number) => {
    input.max = String(most);
    update();
  };
  return { element, input, setMax };
}

/** Told to screen readers; the same text again is told again. */
export function announce(text: string): void {
  document.querySelector('#status')!.textContent = text;
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(share > 0.9995 || share < 0.0005 ? 0 : 1)} %`;
}

/** For lists and file names. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Whether someone asked for it to end. */
export function isAborted(error: unknown): boolean {
  return (error as { code?: string } | null)?.code === 'Aborted' || (error as Error | null)?.name === 'AbortError';
}

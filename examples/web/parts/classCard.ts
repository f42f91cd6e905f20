// One class that is taught: its name and its pictures.
import { Camera } from './camera.ts';
import { button, make } from './dom.ts';
import { type OpenedPicture, openPicture } from './pictures.ts';
import { fileButton } from './source.ts';

export interface ClassEvents {
  onChange(): void;
  onRemove(card: ClassCard): void;
  onError(error: unknown): void;
}

export class ClassCard {
  readonly element: HTMLElement;
  readonly pictures: OpenedPicture[] = [];
  readonly #events: ClassEvents;
  readonly #name: HTMLInputElement;
  readonly #count = make('span', { class: 'hint' });
  readonly #list = make('ul', { class: 'thumbnails' });
  readonly #camera = new Camera();
  readonly #cameraPlace = make('div', { class: 'small-camera', hidden: true });
  readonly #cameraButton = button('Camera', () => void this.#toggleCamera());

  constructor(name: string, events: ClassEvents) {
    this.#events = events;
    this.#name = make('input', { type: 'text', value: name, 'aria-label': 'Name of the class', maxlength: 60 });
    this.#name.addEventListener('input', () => events.onChange());
    const remove = button('✕', () => events.onRemove(this), { class: 'quiet', 'aria-label': 'Remove this class' });
    this.#cameraPlace.append(
      this.#camera.video,
      button('Take a picture', () => this.#snap()),
    );
    this.element = make(
      'section',
      { class: 'card class', 'aria-label': 'A class' },
      make('div', { class: 'row' }, this.#name, remove),
      this.#list,
      this.#cameraPlace,
      make(
        'div',
        { class: 'row' },
        fileButton('Add pictures', true, (files) => void this.add(files)),
        this.#cameraButton,
        this.#count,
      ),
    );
    this.#update();
  }

  get name(): string {
    return this.#name.value.trim();
  }

  set name(name: string) {
    this.#name.value = name;
  }

  /** Pictures that can be read stay, though others of them cannot. */
  async add(blobs: readonly Blob[]): Promise<void> {
    const opened = await Promise.allSettled(blobs.map((blob) => openPicture(blob)));
    for (const result of opened) if (result.status === 'fulfilled') this.#push(result.value);
    this.#update();
    const failed = opened.find((result) => result.status === 'rejected');
    if (failed) this.#events.onError(failed.reason);
  }

  clear(): void {
    this.pictures.length = 0;
    this.#list.replaceChildren();
    this.#update();
  }

  #push(picture: OpenedPicture): void {
    this.pictures.push(picture);
    const { canvas, name } = picture;
    canvas.className = 'thumbnail';
    const item = make('li', {});
    const remove = () => {
      this.pictures.splice(this.pictures.indexOf(picture), 1);
      const next = (item.nextElementSibling ?? item.previousElementSibling)?.querySelector('button') ?? this.#name;
      item.remove();
      next.focus();
      this.#update();
    };
    item.append(button(canvas, remove, { 'aria-label': `Remove ${name}`, title: `Remove ${name}` }));
    this.#list.append(item);
  }

  #update(): void {
    const { length } = this.pictures;
    this.#count.textContent = length === 1 ? '1 picture' : `${length} pictures`;
    this.#events.onChange();
  }

  async #toggleCamera(): Promise<void> {
    if (this.#camera.isOn) return this.stopCamera();
    try {
      await this.#camera.start();
      this.#cameraPlace.hidden = false;
      this.#cameraButton.textContent = 'Done';
    } catch (error) {
      this.#events.onError(error);
    }
  }

  stopCamera(): void {
    this.#camera.stop();
    this.#cameraPlace.hidden = true;
    this.#cameraButton.textContent = 'Camera';
  }

  #snap(): void {
    this.#push({ ...this.#camera.frame(), name: `picture ${this.pictures.length + 1} of the camera` });
    this.#update();
  }
}

// Where a picture comes from: a sample, a file, a drop, the clipboard or the camera.
import { Camera } from './camera.ts';
import { button, make } from './dom.ts';
import { type OpenedPicture, openPicture } from './pictures.ts';

export interface Sample {
  readonly name: string;
  /** Shown, and fetched when it is chosen. */
  readonly url: string;
  fetch(): Promise<Blob>;
}

export interface SourceEvents {
  /** Also `live`: a frame of the camera, to be answered without a fuss. Resolves when it was answered. */
  onPicture(picture: OpenedPicture, live: boolean): Promise<void>;
  onError(error: unknown): void;
}

/** Between two frames, so that what waits for its turn gets one. Unit: ms. */
const FRAME_PAUSE = 60;

export class PictureSource {
  readonly element: HTMLElement;
  readonly #events: SourceEvents;
  readonly #camera = new Camera();
  readonly #view = make('div', { class: 'view' });
  readonly #hint = make('p', { class: 'hint' });
  readonly #samples = make('ul', { class: 'samples', 'aria-label': 'Sample pictures' });
  readonly #cameraButton: HTMLButtonElement;
  /** Counts what was asked for: a picture that takes long to come does not replace one that was asked for later. */
  #turn = 0;

  constructor(events: SourceEvents) {
    this.#events = events;
    this.#cameraButton = button('Camera', () => void this.#toggleCamera(), { 'aria-pressed': 'false' });
    this.#view.append(this.#placeholder());
    this.element = make(
      'div',
      { class: 'card source' },
      make('div', { class: 'drop' }, this.#view),
      make(
        'div',
        { class: 'row' },
        fileButton('Choose a file', false, (files) => this.take(files[0])),
        this.#cameraButton,
      ),
      make('p', { class: 'samples-title' }, 'Or start with one of ours'),
      this.#samples,
    );
  }

  /** @param hint what the model wants to be shown */
  offer(samples: readonly Sample[], hint: string): void {
    this.#hint.textContent = `Best with ${hint}.`;
    this.#samples.replaceChildren(
      ...samples.map((sample) => {
        const image = make('img', { src: sample.url, alt: sample.name, class: 'thumbnail', draggable: 'true' });
        return make(
          'li',
          {},
          button(image, () => void this.take(sample.fetch(), sample.name), { class: 'sample' }),
        );
      }),
    );
  }

  /** A picture that was chosen, pasted or dropped. */
  async take(given: Blob | Promise<Blob>, name?: string): Promise<void> {
    const turn = ++this.#turn;
    this.stopCamera();
    try {
      const picture = await openPicture(await given, name);
      if (turn !== this.#turn) return;
      this.#show(picture.canvas, picture.name);
      await this.#events.onPicture(picture, false);
    } catch (error) {
      if (turn !== this.#turn) return;
      this.#show(this.#placeholder());
      this.#events.onError(error);
    }
  }

  async #toggleCamera(): Promise<void> {
    if (this.#camera.isOn) return this.stopCamera();
    this.#turn++;
    try {
      await this.#camera.start();
    } catch (error) {
      return this.#events.onError(error);
    }
    this.#setCameraButton(true);
    this.#show(this.#camera.video, 'The camera');
    while (this.#camera.isOn) {
      await this.#events.onPicture(this.#camera.frame(), true).catch(this.#events.onError);
      await new Promise((resolve) => setTimeout(resolve, FRAME_PAUSE));
    }
  }

  stopCamera(): void {
    if (!this.#camera.isOn) return;
    this.#camera.stop();
    this.#setCameraButton(false);
    this.#show(this.#placeholder());
  }

  #setCameraButton(isOn: boolean): void {
    this.#cameraButton.textContent = isOn ? 'Stop camera' : 'Camera';
    this.#cameraButton.setAttribute('aria-pressed', String(isOn));
  }

  #placeholder(): HTMLElement {
    return make('div', { class: 'placeholder' }, make('p', {}, 'Drop or paste a picture here'), this.#hint);
  }

  #show(element: HTMLElement, label?: string): void {
    if (label) {
      element.setAttribute('role', 'img');
      element.setAttribute('aria-label', label);
    }
    this.#view.replaceChildren(element);
  }
}

/** A button that opens the file dialog; the input is out of sight, and in the order of focus. */
export function fileButton(label: string, multiple: boolean, onFiles: (files: File[]) => void): HTMLElement {
  const input = make('input', { type: 'file', accept: 'image/*,.tif,.tiff', multiple });
  input.addEventListener('change', () => {
    const files = [...(input.files ?? [])];
    input.value = ''; // the same file may be chosen again
    if (files.length > 0) onFiles(files);
  });
  return make('label', { class: 'button' }, label, input);
}

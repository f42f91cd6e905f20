// The camera as a stream of frames. Frames stay in this page.
import { canvasOf, type OpenedPicture, pixelsOf } from './pictures.ts';

export class Camera {
  readonly video = document.createElement('video');
  #stream: MediaStream | null = null;

  constructor() {
    this.video.muted = true;
    this.video.playsInline = true;
  }

  get isOn(): boolean {
    return this.#stream !== null;
  }

  /** Asks for permission the first time. @throws `Error` that says why there is no picture */
  async start(): Promise<void> {
    if (!navigator.mediaDevices) throw new Error('This browser gives a camera only to pages from https or localhost.');
    try {
      this.#stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
    } catch (error) {
      const denied = (error as Error).name === 'NotAllowedError';
      throw new Error(
        denied ? 'The camera is blocked. Allow it in the address bar, then try again.' : 'There is no camera to use.',
      );
    }
    this.video.srcObject = this.#stream;
    await this.video.play();
  }

  stop(): void {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
    this.video.srcObject = null;
  }

  /** What is seen now: the square in the middle, as models want it. */
  frame(): OpenedPicture {
    const { videoWidth, videoHeight } = this.video;
    const side = Math.min(videoWidth, videoHeight);
    const square = document.createElement('canvas');
    square.width = square.height = Math.min(side, 480);
    const [left, top] = [(videoWidth - side) / 2, (videoHeight - side) / 2];
    square.getContext('2d')!.drawImage(this.video, left, top, side, side, 0, 0, square.width, square.height);
    const canvas = canvasOf(square, square.width, square.height);
    return { name: 'camera', canvas, input: pixelsOf(canvas) };
  }
}

import { check } from '../errors.ts';
import type { BeitImageProcessor } from '../loading/imageProcessors.ts';
import type { ModelSource, SourceOptions } from '../loading/source.ts';
import { checkOptions, OPTIONS } from '../options.ts';
import { quoted } from '../quoted.ts';
import { Tensor } from '../tensor.ts';
import type { TrainExample } from './data/examples.ts';
import { PictureStore } from './data/pictureStore.ts';
import { fillSession, openTrainSource } from './trainableModel.ts';
import { TrainSession } from './trainSession.ts';

/** How a classifier is found and run. */
export interface PixelAttributionOptions extends SourceOptions {
  /** Default `auto`; the result does not depend on it. */
  readonly threads?: 'auto' | number | undefined;
}

/** Of which class, and how finely. */
export interface AttributeOptions {
  /** Number of the class; default: the likeliest. */
  readonly target?: number | undefined;
  /** Points on the way from gray to the picture; default 32. */
  readonly steps?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What the pixels of a picture have to do with the score of a class. */
export interface Attribution {
  /** [height, width] of the model's input. */
  readonly map: Tensor;
  readonly target: number;
  readonly label: string;
  /** The logit of the class. */
  readonly logit: number;
}

/**
 * Explains a classifier by gradients of its pixels: saliency (arXiv 1312.6034) and integrated gradients (arXiv 1703.01365).
 *
 * @example
 * const explain = await PixelAttribution.open('fixtures/beit-digits');
 * const { map, label } = await explain.integratedGradients(bytes); // those of a picture
 * explain.dispose();
 */
export class PixelAttribution {
  readonly #session: TrainSession;
  readonly #pictures: PictureStore;

  private constructor(session: TrainSession, processor: BeitImageProcessor) {
    this.#session = session;
    const size = { channels: session.config.numChannels, ...session.size };
    this.#pictures = new PictureStore(processor, size, 'throw');
  }

  /**
   * Loads a classifier for explanations.
   *
   * @param source a folder, hub name, URL or files by name
   * @param options how it is found, and on how many threads it runs
   * @returns what explains it
   * @throws what `fromPretrained` throws; `InvalidConfig` for families whose gradients are not computed
   */
  static async open(source: ModelSource, options: PixelAttributionOptions = {}): Promise<PixelAttribution> {
    checkOptions(options, OPTIONS.attribution);
    const { config, checkpoint, processor } = await openTrainSource(source, options);
    const { threads, signal } = options;
    const sessionOptions = { threads, images: 1, isTrained: () => false, pixels: true };
    const session = await TrainSession.open(config, 'BeitForImageClassification', sessionOptions);
    try {
      await session.commit();
      await fillSession(session, checkpoint, { seed: 0, keepsHead: true, signal });
      return new PixelAttribution(session, processor);
    } catch (error) {
      session.dispose();
      throw error;
    }
  }

  /**
   * The largest absolute gradient of the logit over the channels of each pixel.
   *
   * @param picture anything the image processor takes
   * @param options the class, and a signal
   * @returns the map, and the class that it is about
   * @throws `InvalidArgument` for a class that is not one, `Aborted`, and what reading the picture throws
   */
  async saliency(picture: TrainExample['image'], options: AttributeOptions = {}): Promise<Attribution> {
    const { pixels, target, logit } = await this.#classified(picture, options);
    const gradients = await this.#gradients(pixels, target, options.signal);
    return this.#attribution(target, logit, (at, area) => {
      let largest = 0;
      for (let i = at; i < gradients.length; i += area) largest = Math.max(largest, Math.abs(gradients[i]));
      return largest;
    });
  }

  /**
   * What each pixel adds to the logit, on a straight way from gray, zeros behind normalization, to the picture. The map sums
   * up to the difference of the two logits, the nearer the more steps.
   *
   * @param picture anything the image processor takes
   * @param options the class, the steps, and a signal
   * @returns the map, and the class that it is about
   * @throws `InvalidArgument` for a class that is not one, `Aborted`, and what reading the picture throws
   */
  async integratedGradients(picture: TrainExample['image'], options: AttributeOptions = {}): Promise<Attribution> {
    const { steps = 32, signal } = options;
    check(Number.isInteger(steps) && steps > 0, 'InvalidArgument', () => {
      return `Invalid steps: expected a positive integer, got ${quoted(steps)}`;
    });
    const { pixels, target, logit } = await this.#classified(picture, options);
    const sums = new Float64Array(pixels.length);
    for (let step = 0; step < steps; step++) {
      const share = (step + 0.5) / steps;
      const gradients = await this.#gradients(
        pixels.map((x) => x * share),
        target,
        signal,
      );
      for (let i = 0; i < sums.length; i++) sums[i] += gradients[i];
    }
    return this.#attribution(target, logit, (at, area) => {
      let sum = 0;
      for (let i = at; i < sums.length; i += area) sum += (pixels[i] * sums[i]) / steps;
      return sum;
    });
  }

  /** The pixels of a picture, and the class that is explained. */
  async #classified(picture: TrainExample['image'], options: AttributeOptions) {
    checkOptions(options, OPTIONS.attribute);
    const { target, signal } = options;
    const pixels = await this.#pictures.picture(picture, signal);
    const logits = await this.#session.logits({ pixels, images: 1 }, signal);
    const chosen = target ?? logits.indexOf(logits.reduce((a, b) => Math.max(a, b)));
    check(Number.isInteger(chosen) && chosen >= 0 && chosen < logits.length, 'InvalidArgument', () => {
      return `Invalid target: expected a class from 0 to ${logits.length - 1}, got ${quoted(target)}`;
    });
    return { pixels, target: chosen, logit: logits[chosen] };
  }

  async #gradients(pixels: Float32Array, target: number, signal: AbortSignal | undefined): Promise<Float32Array> {
    const lossOf = (logits: Float32Array) => ({
      loss: logits[target],
      dLogits: logits.map((_, i) => (i === target ? 1 : 0)),
    });
    return (await this.#session.pixelGradients({ pixels, images: 1 }, lossOf, signal)).gradients;
  }

  #attribution(target: number, logit: number, value: (at: number, area: number) => number): Attribution {
    const { height, width } = this.#session.size;
    const data = Float32Array.from({ length: height * width }, (_, at) => value(at, height * width));
    const label = this.#session.config.id2label[target] ?? String(target);
    return { map: new Tensor('float32', data, [height, width]), target, label, logit };
  }

  /** Gives the memory back. */
  dispose(): void {
    this.#session.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** The class's name. Vue takes an object that has one as it is; through a proxy, private members cannot be reached. */
  get [Symbol.toStringTag](): string {
    return this.constructor.name;
  }
}

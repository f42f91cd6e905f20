import type { PixelRequest } from '../augment/augmentedPixels.ts';
import { BeitImageProcessor } from '../loading/imageProcessors.ts';
import { type Methods, Transferred } from './channel.ts';
import { buffersOf } from './plainData.ts';

/** A picture to learn from, and the configs of image processors as JSON. */
export interface TrainingPicture extends PixelRequest {
  readonly processor: unknown;
  readonly second: unknown;
}

/** What the worker of a model does for training, without a model. Its code is fetched with the first picture. */
export const trainingPicture: Methods = {
  async trainingPicture({ processor, second, ...request }: TrainingPicture, signal) {
    const { augmentedPixels } = await import('../augment/augmentedPixels.ts');
    const [own, other] = [processor, second].map((json) => json && BeitImageProcessor.fromConfig(json));
    const views = await augmentedPixels(request, own as BeitImageProcessor, other as BeitImageProcessor | null, signal);
    return new Transferred(views, [...buffersOf(views)]);
  },
};

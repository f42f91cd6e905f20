import { ImageProcessor } from './imageProcessor.ts';
import type { ImageProcessorConfig } from './imageProcessorConfig.ts';

/**
 * The image processor under its name of transformers 4.10, with the defaults of that time: the picture is resized to
 * 256 × 256 with the bicubic filter and its centre of 224 × 224 is cut out.
 *
 * @example
 * const { pixelValues } = await new BeitFeatureExtractor().preprocess(png); // [1, 3, 224, 224]
 */
export class FeatureExtractor extends ImageProcessor {
  static override readonly defaults: ImageProcessorConfig = {
    ...ImageProcessor.defaults,
    size: { height: 256, width: 256 },
    doCenterCrop: true,
  };

  static override readonly typeEntry = ['feature_extractor_type', 'BeitFeatureExtractor'] as const;
}

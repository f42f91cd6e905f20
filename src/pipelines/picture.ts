import { checkObject, throwIfAborted } from '../errors.ts';
import type { ProcessedPictures } from '../image/process/preprocess.ts';
import { isBitmap } from '../input/bitmap.ts';
import { listOfPictures, openPicture } from '../input/openPicture.ts';
import type { OpenedPicture, PictureInput, PictureOptions } from '../input/pictureInput.ts';
import type { BeitImageProcessor } from '../loading/imageProcessors.ts';
import type { PretrainedModel } from '../pretrained/pretrainedModel.ts';

/** Pictures as a model takes them, made where it lives. @throws what `processor.preprocess` throws */
export async function preprocess(
  { model, processor }: { model: PretrainedModel; processor: BeitImageProcessor },
  input: PictureInput | readonly PictureInput[],
  options: PictureOptions,
): Promise<ProcessedPictures> {
  checkObject('Invalid options', options);
  const { signal, maxPixels, truncated } = options;
  throwIfAborted(signal);
  const inputs = listOfPictures(input);
  const pictures = await Promise.all(inputs.map((picture) => openPicture(picture, signal)));
  try {
    return await model.loaded.runImageTask(
      'preprocess',
      { processor: processor.toJSON(), pictures, maxPixels, truncated },
      signal,
    );
  } finally {
    closeBitmaps(pictures, inputs);
  }
}

/** Those that were drawn here; the caller's own stay open. */
function closeBitmaps(pictures: readonly OpenedPicture[], inputs: readonly PictureInput[]): void {
  for (const [i, picture] of pictures.entries()) if (isBitmap(picture) && picture !== inputs[i]) picture.close();
}

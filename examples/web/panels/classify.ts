// What is on the picture.
import { Bars } from '../parts/bars.ts';
import { picturePanel } from '../parts/picturePanel.ts';

export function classifyPanel() {
  const bars = new Bars();
  return picturePanel('image-classification', () => ({
    element: bars.element,
    look: async (classify, { input }, signal) => bars.show(await classify(input, { topK: 5, signal })),
  }));
}

/** The losses of the classes, as one chunk: few pages ever ask for one. */
export { classificationLoss } from './classificationLoss.ts';
export { maskedLoss } from './maskedLoss.ts';
export { segmentationLoss } from './segmentationLoss.ts';

import { serveModel } from '../hosting/serveModel.ts';
import { trainingPicture } from '../hosting/trainingPicture.ts';
import type { Port } from '../platform/modelWorker.ts';
import { holdLock } from '../platform/web/watchWorker.ts';

// model.web.js: the model of a page
holdLock().then((held) => {
  self.postMessage(held);
  serveModel(self as unknown as Port, null, trainingPicture);
});

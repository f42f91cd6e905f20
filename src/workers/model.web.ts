import type { Port } from '../platform/modelWorker.ts';
import { serveModel } from '../pretrained/hosting/serveModel.ts';

// model.web.js: the model of a page
serveModel(self as unknown as Port);

// A worker of the user's: the model lives here, and its leader starts its threads.

import * as beit from '/dist/index.web.js';
import { CONFIG, killThreads } from './kill.mjs';
import { endThread, threadCount } from './webThreads.mjs';

self.onmessage = async ({ data: { rounds, ways } }) => {
  const model = await beit.BeitForImageClassification.fromConfig(new beit.BeitConfig(CONFIG), { threads: 3 });
  const found = {};
  for (const way of ways) {
    const kill = (round) => endThread(way, round);
    found[way] = await killThreads(beit, model, { kill, started: threadCount }, rounds);
  }
  self.postMessage(found);
};

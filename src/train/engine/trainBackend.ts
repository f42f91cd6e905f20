import { attentionOps } from './attentionOps.ts';
import { convolutionOps } from './convolutionOps.ts';
import { linearOps } from './linearOps.ts';
import { mapGradOps } from './mapGradOps.ts';
import type { TrainEngine } from './openTrainEngine.ts';
import { rowGradOps } from './rowGradOps.ts';
import { TrainStore } from './trainStore.ts';

/** The machine for training: a store of linear memory with gradients, and the ops of `GradOps`, which call kernels on it. */
export type TrainBackend = TrainStore & ReturnType<typeof opsOn>;

export function trainBackend(engine: TrainEngine): TrainBackend {
  const store = new TrainStore(engine);
  return Object.assign(store, opsOn(store));
}

function opsOn(store: TrainStore) {
  return {
    ...linearOps(store),
    ...attentionOps(store),
    ...rowGradOps(store),
    ...convolutionOps(store),
    ...mapGradOps(store),
  };
}

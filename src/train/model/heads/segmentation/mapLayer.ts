import type { Backend, Kinds } from '../../../../backend.ts';
import type { GradOps } from '../../../gradOps.ts';
import type { Statistics } from './mapContext.ts';

/**
 * One step of a head on maps. Layers run forward in order and backward in reverse; each adds to the gradients of what it
 * reads, which are zero before the way back.
 */
export interface MapLayer<K extends Kinds> {
  /** Reserves what holds nothing from one call to the next: it shares its place with that of other layers. */
  reserve?(backend: Backend<K>): void;
  forward(ops: GradOps<K>, statistics: Statistics): void;
  backward(ops: GradOps<K>, statistics: Statistics): void;
}

/** Reserves the scratch buffers of layers, all in one place. */
export function reserveScratch<K extends Kinds>(backend: Backend<K>, layers: readonly MapLayer<K>[]): void {
  const start = backend.mark();
  let end = start;
  for (const layer of layers) {
    backend.reset(start);
    layer.reserve?.(backend);
    end = Math.max(end, backend.mark());
  }
  backend.reset(end);
}

import type { Kinds } from '../../../../backend.ts';
import { patchTokens } from '../../../../model/beit/state.ts';
import type { GradOps } from '../../../gradOps.ts';
import type { TrainState } from '../../trainState.ts';
import type { HeadParts } from '../trainHead.ts';
import { allocMaps, forImages, type MapBatch, pixelsOf } from './mapBatch.ts';

/** Some hidden states as maps of their patch tokens, behind a norm where there is one. */
export class HiddenMaps<K extends Kinds> {
  readonly maps: readonly MapBatch<K>[];
  readonly #states: readonly number[];
  readonly #state: TrainState<K>;
  readonly #norm: K['norm'] | null;
  readonly #normed: K['tensor'] | null; // [B·T, dim], one after the other
  readonly #dNormed: K['tensor'] | null;

  constructor({ backend, body, state }: HeadParts<K>, states: readonly number[], norm: K['norm'] | null = null) {
    const { image, grid, tokens } = state.body;
    const { hiddenSize: dim } = body.config;
    this.maps = states.map(() => allocMaps(backend, { images: image.images, ...grid }, dim));
    this.#states = states;
    this.#state = state;
    this.#norm = norm;
    const all = () => (norm ? backend.alloc(image.images * tokens, dim) : null);
    [this.#normed, this.#dNormed] = [all(), all()];
  }

  forward(ops: GradOps<K>): void {
    const { body, hiddenStates } = this.#state;
    for (const [i, maps] of this.maps.entries()) {
      const hidden = hiddenStates[this.#states[i]];
      if (this.#normed) ops.layerNorm(this.#normed, hidden, this.#norm);
      forImages(maps, (image) => {
        ops.copy(pixelsOf(ops, maps.value, maps, image), patchTokens(ops, this.#normed ?? hidden, body, image));
      });
    }
  }

  /** Adds the gradients of the maps of one hidden state to `state.gradient`. */
  addTo(ops: GradOps<K>, index: number): void {
    const { body, gradient, hiddenStates } = this.#state;
    for (const [i, maps] of this.maps.entries()) {
      if (this.#states[i] !== index) continue;
      const to = this.#dNormed ?? gradient;
      if (this.#dNormed) ops.clear(to);
      forImages(maps, (image) => ops.add(patchTokens(ops, to, body, image), pixelsOf(ops, maps.gradient, maps, image)));
      if (this.#dNormed) ops.layerNormBackward(gradient, to, hiddenStates[index], this.#norm, 'add');
    }
  }
}

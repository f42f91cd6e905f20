import type { Kinds } from '../../../backend.ts';
import type { GradOps } from '../../gradOps.ts';
import type { TrainState } from '../trainState.ts';
import type { HeadParts, TrainOutput } from './trainHead.ts';

/** Some hidden states as they are, all tokens, behind a norm where there is one. */
export class HiddenTokens<K extends Kinds> {
  readonly outputs: readonly TrainOutput<K>[];
  readonly #states: readonly number[];
  readonly #state: TrainState<K>;
  readonly #norm: K['norm'] | null;

  constructor({ backend, body, state }: HeadParts<K>, states: readonly number[], norm: K['norm'] | null) {
    const { image, tokens } = state.body;
    const { hiddenSize: dim } = body.config;
    const all = () => backend.alloc(image.images * tokens, dim);
    this.outputs = states.map((index) => {
      const value = norm ? all() : state.hiddenStates[index];
      return { value, gradient: all(), dims: [image.images, tokens, dim] };
    });
    this.#states = states;
    this.#state = state;
    this.#norm = norm;
  }

  forward(ops: GradOps<K>): void {
    const { hiddenStates } = this.#state;
    if (!this.#norm) return;
    for (const [i, { value }] of this.outputs.entries())
      ops.layerNorm(value, hiddenStates[this.#states[i]], this.#norm);
  }

  /** Adds the gradient of one hidden state to `state.gradient`. */
  addTo(ops: GradOps<K>, index: number): void {
    const { gradient, hiddenStates } = this.#state;
    for (const [i, { gradient: d }] of this.outputs.entries()) {
      if (this.#states[i] !== index) continue;
      if (this.#norm) ops.layerNormBackward(gradient, d, hiddenStates[index], this.#norm, 'add');
      else ops.add(gradient, d);
    }
  }
}

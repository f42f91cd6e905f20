import type { TrainSession } from '../trainSession.ts';

type Values = ReadonlyMap<string, Float32Array>;

/** Of the weights that are kept as the best. */
interface Best {
  readonly epoch: number;
  readonly accuracy: number;
  readonly loss: number;
  readonly values: Values;
}

/** Copies of the trained weights: the best so far, and the last that are known to give a finite loss. */
export class KeptWeights {
  readonly #session: TrainSession;
  #good: Values;
  /** Those of the last epoch, until they have given a finite loss. */
  #unproven: Values | null = null;
  #best: Best | null = null;

  constructor(session: TrainSession) {
    this.#session = session;
    this.#good = this.current();
  }

  get bestEpoch(): number | null {
    return this.#best?.epoch ?? null;
  }

  /** The weights as they are now, by name. */
  current(): Values {
    const { trained, backend } = this.#session;
    return new Map(trained.tensors.map(({ name, value }) => [name, backend.readNow(value)]));
  }

  restore(values: Values): void {
    const { trained, backend } = this.#session;
    for (const { name, value } of trained.tensors) backend.write(value, values.get(name)!);
    this.#session.weightsChanged();
  }

  /** The loss of a step was finite: so are the weights that it began with. */
  stepWasFinite(): void {
    this.#good = this.#unproven ?? this.#good;
    this.#unproven = null;
  }

  /** Keeps the weights of an epoch by its score; `isProven` when a loss was computed with them. */
  keep(epoch: number, score: { readonly loss: number; readonly accuracy: number } | null, loss: number): void {
    const values = this.current();
    const isProven = score !== null && Number.isFinite(score.loss);
    if (isProven) this.#good = values;
    else this.#unproven = values;
    const [accuracy, measured] = [score?.accuracy ?? 0, score?.loss ?? loss];
    if (!Number.isFinite(measured)) return;
    const best = this.#best;
    const isBetter =
      !best || !score || accuracy > best.accuracy || (accuracy === best.accuracy && measured < best.loss);
    if (isBetter) this.#best = { epoch, accuracy, loss: measured, values };
  }

  /** At the end of a run: the best, or after a loss that was not finite the last good ones. */
  restoreResult(diverged: boolean): void {
    this.restore(diverged ? this.#good : (this.#best?.values ?? this.current()));
  }

  /** What a resumed run needs: plain data, and tensors by name. */
  state(): { readonly best: Omit<Best, 'values'> | null; readonly tensors: Map<string, Float32Array> } {
    const tensors = new Map<string, Float32Array>();
    const add = (prefix: string, values: Values) => {
      for (const [name, data] of values) tensors.set(`${prefix}${name}`, data);
    };
    add('value.', this.current());
    add('good.', this.#good);
    if (!this.#best) return { best: null, tensors };
    const { values, ...best } = this.#best;
    add('best.', values);
    return { best, tensors };
  }

  /** Takes up {@link KeptWeights.state}; `isEpochEnd` when it was written at the end of an epoch. */
  resume(best: Omit<Best, 'values'> | null, tensors: Values, isEpochEnd: boolean): void {
    this.restore(below(tensors, 'value.'));
    this.#good = below(tensors, 'good.');
    this.#best = best && { ...best, values: below(tensors, 'best.') };
    this.#unproven = isEpochEnd ? this.current() : null;
  }
}

/** The tensors whose names begin with `prefix`, under the rest of their names. */
export function below(tensors: Values, prefix: string): Map<string, Float32Array> {
  const own = [...tensors].filter(([name]) => name.startsWith(prefix));
  return new Map(own.map(([name, data]) => [name.slice(prefix.length), data]));
}

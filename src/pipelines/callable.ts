/** What every pipeline has besides being a function. */
export interface Pipeline {
  /** Gives the memory of the model back. */
  dispose(): void;
  [Symbol.dispose](): void;
}

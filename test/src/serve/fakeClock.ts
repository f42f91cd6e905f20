/** `performance.now` and timers of this process under the control of a test. Unit: milliseconds. */
export class FakeClock {
  now = 0;
  readonly #timers = new Map<number, { readonly at: number; readonly run: () => void }>();
  readonly #real = { now: performance.now, setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout };
  #next = 1;

  install(): void {
    performance.now = () => this.now;
    Object.assign(globalThis, {
      setTimeout: (run: () => void, after = 0) => {
        this.#timers.set(this.#next, { at: this.now + after, run });
        return this.#next++;
      },
      clearTimeout: (timer: number) => void this.#timers.delete(timer),
    });
  }

  uninstall(): void {
    const { now, ...timers } = this.#real;
    performance.now = now;
    Object.assign(globalThis, timers);
  }

  /** Runs all timers up to `end`, one after the other, and what follows from each before the next. */
  async runUntil(end: number): Promise<void> {
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      const due = [...this.#timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at)[0];
      if (!due) break;
      this.#timers.delete(due[0]);
      this.now = due[1].at;
      due[1].run();
    }
    this.now = end;
  }
}

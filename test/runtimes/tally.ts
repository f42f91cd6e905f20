/** Tells what passed and what failed, one line a step, and counts both. */
export class Tally {
  #passed = 0;
  #failed = 0;

  /** A step that throws has failed; what it gives is told beside its name. */
  async step(name: string, action: () => unknown): Promise<void> {
    try {
      const told = await action();
      this.#passed++;
      console.log(`ok   ${name}${told ? `: ${told}` : ''}`);
    } catch (error) {
      this.#failed++;
      console.log(`FAIL ${name}: ${error instanceof Error ? error.message : error}`);
    }
  }

  /** The last line and the exit code; a run of nothing has failed. */
  end(): void {
    console.log(`${this.#passed} passed, ${this.#failed} failed`);
    process.exitCode = this.#failed > 0 || this.#passed === 0 ? 1 : 0;
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { PictureAnswer } from './jobs.ts';

/** One contestant in a process of its own, speaking the lines of bench/contestants/picture.ts. */
export class PictureProcess {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #ready: Promise<unknown>;
  #errors = '';

  constructor([file, ...args]: readonly string[]) {
    this.#child = spawn(file, args, { stdio: 'pipe' });
    this.#child.on('error', (error) => (this.#errors += error.message));
    this.#child.stderr!.on('data', (chunk) => (this.#errors += chunk));
    this.#lines = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
    this.#ready = this.#answer('ready');
    this.#ready.catch(() => {}); // told by the first call
  }

  /** ms of CPU for one picture, and its label where that is the job. */
  run(path: string): Promise<{ readonly ms: number; readonly label?: string | undefined }> {
    return this.#ask('run', path, 'ms');
  }

  /** Bytes by which resident memory peaks above what the process had before, where it can tell. */
  async peak(path: string): Promise<number> {
    const { peakBytes } = await this.#ask('peak', path, 'peakBytes');
    return peakBytes;
  }

  end(): void {
    this.#child.kill();
  }

  async #ask<Key extends string>(what: string, path: string, key: Key) {
    await this.#ready;
    this.#child.stdin!.write(`${what} ${path}\n`);
    return this.#answer(key);
  }

  /** The next line that has `key`; engines may print what they like between. */
  async #answer<Key extends string>(key: Key): Promise<Extract<PictureAnswer, { readonly [K in Key]: unknown }>> {
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done)
        throw new Error(
          this.#errors
            .trim()
            .split('\n')
            .find((line) => /Error/.test(line)) || 'the process ended',
        );
      if (value.startsWith(`{"${key}":`)) return JSON.parse(value);
    }
  }
}

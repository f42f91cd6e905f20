import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Ready } from '../contestants/serve.ts';

/** How a contestant is started: a command line; the job is its first free argument. */
export interface Contestant {
  readonly name: string;
  readonly command: readonly string[];
}

/** One contestant alive in a process of its own. */
export class ContestantProcess {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #started = performance.now();
  #errors = '';

  constructor({ command: [file, ...args] }: Contestant) {
    this.#child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child.on('error', (error) => (this.#errors += error.message));
    this.#child.stderr!.on('data', (chunk) => (this.#errors += chunk));
    this.#lines = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
  }

  /** The first answer, and the time from starting the process to it. */
  async ready(): Promise<Ready & { readonly firstMs: number }> {
    const ready = await this.#message<Ready>();
    return { ...ready, firstMs: performance.now() - this.#started };
  }

  /** Milliseconds of one pass. */
  async run(): Promise<number> {
    this.#child.stdin!.write('run\n');
    return (await this.#message<{ ms: number }>()).ms;
  }

  /** Ends the process; its peak resident bytes. */
  async quit(): Promise<number> {
    this.#child.stdin!.write('quit\n');
    return (await this.#message<{ peakBytes: number }>()).peakBytes;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** The next line that is JSON; engines may print what they like between. */
  async #message<T>(): Promise<T> {
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done) throw new Error(this.#errors.trim().split('\n').slice(-6).join('\n') || 'the process ended');
      if (value.startsWith('{')) return JSON.parse(value);
    }
  }
}

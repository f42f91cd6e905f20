import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';

type Answer =
  | { readonly ok: true; readonly [key: string]: unknown }
  | { readonly ok: false; code: string; error: string };

/** One live transformers: fixtures/make/parity_server.py, whose header says what can be asked. */
export class ParityServer {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #reader: Interface;

  constructor(python: string) {
    const env = { ...process.env, OMP_NUM_THREADS: '1' };
    this.#process = spawn(python, ['fixtures/make/parity_server.py'], { stdio: ['pipe', 'pipe', 'ignore'], env });
    this.#reader = createInterface({ input: this.#process.stdout! });
    this.#lines = this.#reader[Symbol.asyncIterator]();
  }

  /** The greeting: versions of what runs there. */
  async greeting(): Promise<Readonly<Record<string, string>>> {
    return (await this.#next()) as unknown as Record<string, string>;
  }

  async ask(request: object): Promise<Answer> {
    this.#process.stdin!.write(`${JSON.stringify(request)}\n`);
    return this.#next();
  }

  quit(): void {
    this.#process.stdin!.end(`${JSON.stringify({ op: 'quit' })}\n`);
    this.#reader.close();
  }

  async #next(): Promise<Answer> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error('The parity server ended: is PYTHON one with torch and transformers?');
    return JSON.parse(value);
  }
}

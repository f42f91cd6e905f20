import * as assert from 'uvu/assert';
import { BeitError, type ErrorCode } from '../../src/errors.ts';
import type { HubStore } from '../../src/hub/cache/store.ts';
import { sleep } from '../../src/hub/http/timing.ts';
import { type HubOptions, hubFiles } from '../../src/hub/hubFiles.ts';
import type { HubProgress } from '../../src/hub/progressEvent.ts';
import type { ByteSource, ModelFiles } from '../../src/weights/bytes/byteSource.ts';
import { FILES, REPOSITORY } from './repository.ts';
import type { Script, Seen } from './script.ts';

/** One line of the table: what the server does, and what the client must make of it. */
export interface Scenario extends Script {
  readonly name: string;
  run(t: Client): Promise<void>;
}

/** What a scenario works with. Back-off delays are noted down and not slept. */
export class Client {
  readonly delays: number[] = [];
  readonly events: HubProgress[] = [];
  readonly endpoint: string;
  readonly cacheDir: string;
  readonly store: HubStore;
  readonly #logUrl: string;

  constructor(origin: string, path: string, cacheDir: string, store: HubStore) {
    this.endpoint = `${origin}/${path}`;
    this.#logUrl = `${origin}/log/${path}`;
    this.cacheDir = cacheDir;
    this.store = store;
  }

  files(options: Partial<HubOptions> = {}, repository = REPOSITORY): ModelFiles {
    const doze = async (duration: number, signal: AbortSignal | undefined): Promise<void> => {
      this.delays.push(duration);
      await sleep(1, signal);
    };
    const timing = { answer: 2000, idle: 300, attempts: 4, sleep: doze, ...options.timing };
    const onProgress = (event: HubProgress): void => void this.events.push(event);
    return hubFiles(repository, { endpoint: this.endpoint, store: this.store, onProgress, ...options, timing });
  }

  /** Opens one file and reads all of it; null when the hub has no such file. */
  async fetch(name: string, options: Partial<HubOptions> = {}): Promise<Uint8Array | null> {
    const source = await this.files(options).open(name);
    return source && (await readAll(source));
  }

  /** The file arrives whole. */
  async arrives(name: string, options: Partial<HubOptions> = {}, expected = FILES[name].bytes): Promise<void> {
    const bytes = await this.fetch(name, options);
    assert.ok(bytes, `${name} is missing`);
    assert.is(bytes.length, expected.length);
    assert.ok(
      bytes.every((byte, i) => byte === expected[i]),
      `${name} has other bytes`,
    );
  }

  /** Opening the file fails with `code`, and nothing of it can be seen in the store afterwards. */
  async fails(name: string, code: ErrorCode, message: RegExp, options: Partial<HubOptions> = {}): Promise<BeitError> {
    const error = await thrown(() => this.fetch(name, options));
    assert.is(error.code, code, error.message);
    assert.match(error.message, message);
    const offline = await thrown(() => this.files({ localFilesOnly: true }).open(name));
    assert.is(offline.code, 'FileNotFound');
    return error;
  }

  /** Requests the server saw, in order. */
  async seen(kind?: Seen['kind']): Promise<Seen[]> {
    const all = (await (await fetch(this.#logUrl)).json()) as Seen[];
    return kind ? all.filter((one) => one.kind === kind) : all;
  }

  async ranges(kind: Seen['kind']): Promise<(string | null)[]> {
    return (await this.seen(kind)).map((one) => one.range);
  }

  statuses(): string[] {
    return this.events.map((event) => event.status).filter((status, i, all) => status !== all[i - 1]);
  }
}

export async function readAll(source: ByteSource): Promise<Uint8Array> {
  const all = new Uint8Array(source.size);
  let at = 0;
  for await (const chunk of source.stream(0, source.size)) {
    all.set(chunk, at);
    at += chunk.length;
  }
  assert.is(at, source.size);
  return all;
}

/** The `BeitError` that `action` must throw; anything else is a failure of the test. */
export async function thrown(action: () => unknown): Promise<BeitError> {
  try {
    await action();
  } catch (error) {
    assert.instance(error, BeitError, `a foreign exception: ${String((error as Error)?.stack)}`);
    return error as BeitError;
  }
  throw new Error('nothing was thrown');
}

import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** A Worker in a `workerd` process of its own. */
export interface RunningWorker {
  readonly url: string;
  readonly pid: number;
  stop(): void;
}

/** After this date `allow_eval_during_startup` holds, as in every Worker that is new. */
const COMPATIBILITY = '2026-06-01';

/** An isolate of Cloudflare has 128 MB for everything; left alone, V8 would let garbage lie for much longer. */
const FLAGS = ['--max-old-space-size=16', '--max-semi-space-size=2'];

/**
 * Serves a script with the WASM files beside it as its modules, and a folder behind the binding ASSETS, as `wrangler`
 * would deploy them.
 */
export async function startWorker(
  binary: string,
  script: string,
  assets: string,
  vars: Readonly<Record<string, string>> = {},
): Promise<RunningWorker> {
  const config = join(dirname(script), `${basename(script)}.capnp`);
  writeFileSync(config, configOf(script, assets, vars));
  const child = spawn(binary, ['serve', config, '--socket-addr=http=127.0.0.1:0', '--control-fd=3'], {
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  });
  const port = await listeningPort(child);
  return { url: `http://127.0.0.1:${port}/`, pid: child.pid!, stop: () => void child.kill('SIGKILL') };
}

function configOf(script: string, assets: string, vars: Readonly<Record<string, string>>): string {
  const wasm = readdirSync(dirname(script)).filter((name) => name.endsWith('.wasm'));
  const modules = [
    `(name = "worker.js", esModule = embed "${basename(script)}")`,
    ...wasm.map((name) => `(name = "${name}", wasm = embed "${name}")`),
  ];
  const bindings = [
    '(name = "ASSETS", service = "assets")',
    ...Object.entries(vars).map(([name, text]) => `(name = "${name}", text = "${text}")`),
  ];
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "assets", disk = (path = "${assets}")),
  ],
  v8Flags = [${FLAGS.map((flag) => `"${flag}"`).join(', ')}],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [${modules.join(', ')}],
  bindings = [${bindings.join(', ')}],
  compatibilityDate = "${COMPATIBILITY}",
);
`;
}

/** workerd tells on its control channel where it listens. */
function listeningPort(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`workerd ended with ${code}`)));
    createInterface(child.stdio[3] as Readable).on('line', (line) => {
      const { event, port } = JSON.parse(line);
      if (event === 'listen') resolve(port);
    });
  });
}

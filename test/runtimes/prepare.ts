import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { bundleNeutral } from './bundleNeutral.ts';

/** A folder as a user has it: the packed package in node_modules, the fixtures beside, and one entry for each place. */
export const APP = resolve('build/runtimes');
const PACKAGE = join(APP, 'node_modules/beit-wasm');

/** Packs what would be published, unpacks it where runtimes look for packages, and bundles the entries beside it. */
export async function prepareApp(): Promise<void> {
  unpackPackage(APP);
  // without it `beit-wasm` would be the repository itself, whose package.json has that name
  writeFileSync(join(APP, 'package.json'), '{}');
  // Bun would take the paths of the repository's own
  writeFileSync(join(APP, 'tsconfig.json'), '{}');
  cpSync('fixtures', join(APP, 'fixtures'), { recursive: true });
  writeFileSync(
    join(APP, 'smoke.html'),
    '<!doctype html><title>smoke</title><script type="module" src="browser.mjs"></script>',
  );
  for (const core of ['strict', 'relaxed', 'picture', 'webp'])
    cpSync(join(PACKAGE, `dist/core.${core}.wasm`), join(APP, `core.${core}.wasm`));
  await bundle('local', { external: ['beit-wasm', 'node:*'] });
  await bundle('browser', {
    alias: { 'beit-wasm': `/${join('node_modules/beit-wasm', target('browser'))}` },
    external: ['/node_modules/*'],
  });
  await bundle('workerd', { alias: { 'beit-wasm': join(PACKAGE, 'dist/inline.js') }, external: [] }, 'inline');
  await bundle('workerd', { alias: { 'beit-wasm': join(PACKAGE, target('workerd')) }, external: ['*.wasm', 'node:*'] });
}

/** The package as npm would deliver it, under `folder`/node_modules. */
export function unpackPackage(folder: string): void {
  const to = join(folder, 'node_modules/beit-wasm');
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to, { recursive: true });
  const [{ filename }] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], { encoding: 'utf8' }),
  );
  execFileSync('tar', ['-xzf', join(folder, filename), '-C', to, '--strip-components=1']);
}

/** What a resolver with this condition takes for `beit-wasm`. */
export function target(condition: string): string {
  const { exports } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8'));
  const key = Object.keys(exports['.']).find((name) => name === condition || name === 'default')!;
  return exports['.'][key].default ?? exports['.'][key];
}

function bundle(
  name: string,
  options: { alias?: Record<string, string>; external: string[] },
  out = name,
): Promise<unknown> {
  return bundleNeutral({
    entryPoints: [`test/runtimes/entries/${name}.ts`],
    outfile: join(APP, `${out}.mjs`),
    ...options,
  });
}

import { existsSync, readFileSync } from 'node:fs';
import { sha256 } from './build_core.mjs';
import { coreFile, coresOf } from './cores.mjs';

/** What `src/runtimeInfo.ts` knows of its build: the version, and the SHA-256 of each core that the platform uses. */
export function buildConstants(platform) {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  const built = coresOf(platform).filter((name) => existsSync(coreFile(name)));
  const cores = Object.fromEntries(built.map((name) => [`${name}.wasm`, sha256(coreFile(name))]));
  return { BEIT_BUILD: JSON.stringify({ version, cores }) };
}

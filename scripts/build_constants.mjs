import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { VARIANTS } from './build_core.mjs';

/** What `src/runtimeInfo.ts` knows of its build: the version, and the SHA-256 of each core in dist/. */
export function buildConstants() {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  const files = VARIANTS.map((variant) => `core.${variant}.wasm`).filter((file) => existsSync(`dist/${file}`));
  const cores = Object.fromEntries(files.map((file) => [file, sha256(readFileSync(`dist/${file}`))]));
  return { BEIT_BUILD: JSON.stringify({ version, cores }) };
}

function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}

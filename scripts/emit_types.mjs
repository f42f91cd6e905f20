import { execFile } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { globSync } from './glob.mjs';

/** The type declarations of src/index.ts and all it exports, into dist/types. */
export async function emitTypes() {
  rmSync('dist/types', { recursive: true, force: true });
  const tsc = [process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.types.json']];
  await promisify(execFile)(...tsc).catch(({ stdout }) => {
    throw new Error(`Cannot emit types:\n${stdout}`);
  });
  // the compiler leaves the extension of the sources, which are not there
  for (const file of globSync('dist/types', /\.d\.ts$/)) {
    writeFileSync(file, readFileSync(file, 'utf8').replace(/(['"])(\.{1,2}\/[^'"]*)\.ts\1/g, '$1$2.js$1'));
  }
  // what a runtime or a bundler makes of an imported core
  writeFileSync('dist/types/core.d.ts', 'declare const module: WebAssembly.Module;\nexport default module;\n');
}

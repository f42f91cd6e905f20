// node scripts/emit_types.mjs: the type declarations of every entry into dist/types, each one file that imports nothing.
import { rmSync } from 'node:fs';
import { generateDtsBundle } from 'dts-bundle-generator';
import { putFile } from './put_file.mjs';

const ENTRIES = {
  'src/index.ts': 'dist/types/index.d.ts',
  'src/serve/index.ts': 'dist/types/serve/index.d.ts',
  'src/train/index.ts': 'dist/types/train/index.d.ts',
};

/** What a runtime or a bundler makes of an imported core; `object` where the compiler knows no WebAssembly. */
const CORE = `type Module = typeof globalThis extends { WebAssembly: { Module: new (...bytes: never[]) => infer M } } ? M : object;
declare const module: Module;
export default module;
`;

// every type that a declaration mentions is exported; private members leave no trace
const entries = Object.keys(ENTRIES).map((filePath) => ({ filePath, output: { noBanner: true } }));
const texts = generateDtsBundle(entries, { preferredConfigPath: 'tsconfig.types.json' });
rmSync('dist/types', { recursive: true, force: true });
for (const [i, file] of Object.values(ENTRIES).entries()) putFile(file, texts[i]);
putFile('dist/types/core.d.ts', CORE);

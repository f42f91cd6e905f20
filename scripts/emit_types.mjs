// node scripts/emit_types.mjs: the type declarations of every entry into dist/types, a file each, and again for CommonJS. What
// the main entry declares too, the others import from it.
import { readFileSync, rmSync } from 'node:fs';
import { generateDtsBundle } from 'dts-bundle-generator';
import ts from 'typescript';
import { putFile } from './put_file.mjs';

const ENTRIES = {
  'src/index.ts': 'dist/types/index.d.ts',
  'src/serve/index.ts': 'dist/types/serve/index.d.ts',
  'src/train/index.ts': 'dist/types/train/index.d.ts',
  'src/transformers/index.ts': 'dist/types/transformers/index.d.ts',
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
const [main, ...others] = Object.entries(ENTRIES);
putDeclarations(main[1], texts[0]);
for (const [i, [source, file]] of others.entries()) {
  putDeclarations(file, sharing(texts[i + 1], exported(texts[0]), readFileSync(source, 'utf8')));
}
putFile('dist/types/core.d.ts', CORE);

/** The compiler takes a declaration for the kind of module that its name says. */
function putDeclarations(file, text) {
  putFile(file, text);
  putFile(file.replace(/\.ts$/, '.cts'), text.replace("from '../index.d.ts'", "from '../index.d.cts'"));
}

/** Name → text of what a declaration file exports by a declaration of its own. */
function exported(text) {
  const { statements } = ts.createSourceFile('index.d.ts', text, ts.ScriptTarget.Latest, true);
  const found = statements.filter((each) => each.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword));
  const named = found.map((each) => [each.name ?? each.declarationList?.declarations[0].name, each]);
  return new Map(named.map(([name, each]) => [name.text, each.getFullText()]));
}

/** `text` with what `main` declares in the same words imported from it; what the entry itself exports stays. */
function sharing(text, main, source) {
  const own = exported(text);
  const same = [...own].filter(([name, each]) => main.get(name) === each && !new RegExp(`\\b${name}\\b`).test(source));
  const rest = same.reduce((left, [, each]) => left.replace(each, () => ''), text);
  const names = same.map(([name]) => `\t${name},`).join('\n');
  return `import type {\n${names}\n} from '../index.d.ts';\n\nexport type {\n${names}\n};\n${rest}`;
}

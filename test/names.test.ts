import { readdirSync, readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('names');

/** Every source file of the folder, with its text. */
function sourcesIn(folder: string): { file: string; text: string }[] {
  return readdirSync(folder, { recursive: true })
    .map((name) => `${folder}/${String(name).replaceAll('\\', '/')}`)
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
    .map((file) => ({ file, text: readFileSync(file, 'utf8') }));
}

/** A member with TypeScript's `private`; of constructors there is no other form. */
const PRIVATE_MEMBER = /^\s+(?:static\s+)?private\s+(?!constructor\b).*$/gm;

test('private members are written with #', () => {
  const sources = sourcesIn('src');
  assert.ok(sources.length > 50, `found ${sources.length} source files`);
  const found = sources.flatMap(({ file, text }) =>
    [...text.matchAll(PRIVATE_MEMBER)].map(([line]) => `${file}: ${line.trim()}`),
  );
  assert.equal(found, []);
});

/** Names that several files export on purpose, and why. */
const EXPORTED_TWICE: Readonly<Record<string, string>> = {
  startModelWorker: '`#modelWorker` resolves to one of them',
  platform: 'one for each runtime; `#platform` resolves to one of them',
};

const DECLARATION =
  /^export (?:declare )?(?:abstract )?(?:async )?(?:const|let|function\*?|class|interface|type|enum) (\w+)/gm;

test('no name is exported by two files', () => {
  const files = new Map<string, Set<string>>();
  for (const { file, text } of sourcesIn('src')) {
    for (const [, name] of text.matchAll(DECLARATION)) files.set(name, (files.get(name) ?? new Set()).add(file));
  }
  assert.ok(files.size > 300, `found ${files.size} exported names`);
  const twice = [...files].filter(([name, where]) => where.size > 1 && !(name in EXPORTED_TWICE));
  assert.equal(
    twice.map(([name, where]) => `${name}: ${[...where].join(', ')}`),
    [],
  );
});

test.run();

import { readdirSync, readFileSync } from 'node:fs';
import ts from 'typescript';
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

/** An entry with the names of another library: what is called the same here has another form. */
const OTHER_NAMES = 'src/transformers/';

test('no name is exported by two files', () => {
  const files = new Map<string, Set<string>>();
  for (const { file, text } of sourcesIn('src')) {
    if (file.startsWith(OTHER_NAMES)) continue;
    for (const [, name] of text.matchAll(DECLARATION)) files.set(name, (files.get(name) ?? new Set()).add(file));
  }
  assert.ok(files.size > 300, `found ${files.size} exported names`);
  const twice = [...files].filter(([name, where]) => where.size > 1 && !(name in EXPORTED_TWICE));
  assert.equal(
    twice.map(([name, where]) => `${name}: ${[...where].join(', ')}`),
    [],
  );
});

/** What comments, messages and documents do not say; ARCHITECTURE.md and CONTRIBUTING.md ask for plain English. */
const UNPLAIN =
  /(?<!\bthere )\b(?:is|are) no (?!longer\b)|\bstands?\b|\blies?\b|\brefus(?:e|es|ed|ing|al|als)\b|\bwhoever\b|\bnobody\b/i;

/** Folders whose comments and strings are held to it, and documents that are held to it line by line. */
const PLAIN_SOURCES = ['src', 'core-as'];
const GUIDES = readdirSync('docs').filter((name) => name.endsWith('.md'));
const PLAIN_DOCUMENTS = [
  ...['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md'],
  ...['bench/README.md', 'bench/lab/README.md'],
  ...GUIDES.map((name) => `docs/${name}`),
];

/** The comments and the strings of a source file, and where each begins. */
function prose(text: string): { readonly at: number; readonly words: string }[] {
  const source = ts.createSourceFile('x.ts', text, ts.ScriptTarget.Latest, true);
  const found = new Map<number, number>(); // [begin, end)
  const comments = (at: number) => {
    const ranges = [ts.getLeadingCommentRanges(text, at), ts.getTrailingCommentRanges(text, at)].flatMap(
      (r) => r ?? [],
    );
    for (const { pos, end } of ranges) found.set(pos, end);
  };
  const visit = (node: ts.Node): void => {
    comments(node.pos);
    comments(node.end);
    const isImport = ts.isImportDeclaration(node) || ts.isExportDeclaration(node);
    const isText = ts.isStringLiteral(node) || ts.isTemplateLiteralToken(node);
    if (isText) found.set(node.getStart(source), node.end);
    if (!isImport) ts.forEachChild(node, visit);
  };
  visit(source);
  return [...found].map(([begin, end]) => ({ at: begin, words: text.slice(begin, end) }));
}

test('comments and messages use plain words', () => {
  const sources = PLAIN_SOURCES.flatMap(sourcesIn);
  assert.ok(sources.length > 50, `found ${sources.length} source files`);
  const found = sources.flatMap(({ file, text }) =>
    prose(text).flatMap(({ at, words }) =>
      words.split('\n').flatMap((line, i) => {
        const number = text.slice(0, at).split('\n').length + i;
        return UNPLAIN.test(line) ? [`${file}:${number}: ${line.trim()}`] : [];
      }),
    ),
  );
  assert.equal(found, []);
});

test('documents use plain words', () => {
  const found = PLAIN_DOCUMENTS.flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((line, i) => (UNPLAIN.test(line) ? [`${file}:${i + 1}: ${line.trim()}`] : [])),
  );
  assert.equal(found, []);
});

test('what the test of words takes for prose', () => {
  const text = "// whoever\nconst refused = 'nobody'; /* lies */\nconst t = `stands`; // there is no x";
  const words = prose(text).map((part) => part.words);
  assert.equal(words.sort(), ["'nobody'", '/* lies */', '// there is no x', '// whoever', '`stands`']);
  for (const bad of ['it is no file', 'Refused', 'it lies', 'are no pictures']) assert.ok(UNPLAIN.test(bad), bad);
  for (const good of ['there is no file', 'is no longer', 'standard', 'is not a file'])
    assert.not(UNPLAIN.test(good), good);
});

test.run();

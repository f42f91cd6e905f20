import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('docs');

/** What is made, and what is not ours. */
const MADE = /^(node_modules|build|dist|\.cache|\.git)$/;
/** A file of these is one of ours wherever it is named; others may be the reader's. */
const SOURCE = /\.(ts|mjs|py|md)$/;

/** Every file and folder of the repository, by its path from the root. */
function entries(folder = '.'): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name).replaceAll('\\', '/');
    if (MADE.test(entry.name)) return [];
    return entry.isDirectory() ? [path, ...entries(path)] : [path];
  });
}

const ALL = entries();
const DOCUMENTS = ALL.filter((path) => path.endsWith('.md'));
const ROOMS = new Set(ALL.map((path) => path.split('/')[0]));

/** The words of a document that are set as code, inline or in blocks. */
function codeOf(text: string): string[] {
  const blocks = [...text.matchAll(/^```.*\n([\s\S]*?)^```$|^ {4}(.*)$/gm)].map((m) => m[1] ?? m[2]);
  const inline = [...text.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/`([^`]+)`/g)].map((m) => m[1]);
  return [...blocks, ...inline].flatMap((code) => code.split(/[\s'"()|,;:│]+/));
}

/** Named from the root, from the folder of the document, or by its end as in a paragraph on its room. */
function exists(word: string, document: string): boolean {
  const path = word.replace(/\/$/, '');
  return existsSync(path) || existsSync(join(dirname(document), path)) || ALL.some((one) => one.endsWith(`/${path}`));
}

/** What a document names and the repository has not. */
function lost(document: string, text: string): string[] {
  const named = codeOf(text).filter((word) => {
    const [room, ...rest] = word.split('/');
    const ours = /^[\w./-]+$/.test(word) && !MADE.test(room);
    return ours && (SOURCE.test(word) || (rest.length > 0 && ROOMS.has(room)));
  });
  const links = [...text.matchAll(/\]\((?!\w+:)([^)#]+)/g)].map((m) => m[1]);
  return [
    ...named.filter((word) => !exists(word, document)),
    ...links.filter((link) => !existsSync(join(dirname(document), link))),
  ];
}

test('every file that a document names is there', () => {
  assert.ok(DOCUMENTS.includes('ARCHITECTURE.md') && DOCUMENTS.includes('bench/lab/README.md'));
  const missing = DOCUMENTS.flatMap((path) => lost(path, readFileSync(path, 'utf8')).map((name) => `${path}: ${name}`));
  assert.equal(missing, []);
});

test('every script that a document runs is there', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
  const known = new Set([...Object.keys(scripts), 'ci', 'install', 'pack']);
  for (const path of DOCUMENTS) {
    const run = [...readFileSync(path, 'utf8').matchAll(/\bnpm (?:run )?([a-z][\w:]*)/g)].map((m) => m[1]);
    assert.equal([path, run.filter((name) => !known.has(name))], [path, []]);
  }
});

test('a name that is wrong is noticed, and one of the reader is not', () => {
  const wrong = ['`src/no.ts`', '`gone/drive.ts`', '[it](no.md)', '```sh\nnode bench/no.mjs 3\n```', '`fixtures/no/`'];
  for (const text of wrong) assert.is(lost('README.md', text).length, 1, text);
  const right = ['`gemm/gemm.ts`', '`photo.jpg`', '`dist/no.js`', '[it](bench/README.md)', 'src/no.ts', '`src/image`'];
  for (const text of right) assert.equal(lost('README.md', text), [], text);
});

test.run();

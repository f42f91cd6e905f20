import { existsSync, mkdtempSync, readFileSync, symlinkSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import ts from 'typescript';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as lib from '../../src/index.ts';
import * as serve from '../../src/serve/index.ts';
import * as train from '../../src/train/index.ts';
import { publicProgram, publicSymbols } from './publicSymbols.ts';

/**
 * Runs every `@example` of the public entries, as it is written. Examples see the names of the entries and those of `given`.
 * They run in a folder of their own, where `fixtures` and `dist` are those of the repository, so what they write goes
 * there. Network: `https://example.org/` is a fake that serves files of the repository.
 */
const test = suite('examples');

const root = resolve('.');
const SCAN = 'fixtures/beit-digits/scans/0005-5.png';
/** What the fake server has, by URL. */
const SERVED: Readonly<Record<string, string>> = {
  'https://example.org/models/beit/': 'fixtures/beit-digits/',
  'https://example.org/scans/': 'fixtures/beit-digits/scans/',
};

async function fakeFetch(url: string | URL): Promise<Response> {
  const folder = Object.keys(SERVED).find((each) => String(url).startsWith(each));
  const body = folder && (await readFile(String(url).replace(folder, SERVED[folder])).catch(() => undefined));
  return body ? new Response(new Uint8Array(body)) : new Response(null, { status: 404 });
}

/** Pixels for the model of an example: as many pictures as it has labels, in the model's size. */
function pixelsFor(code: string): lib.Tensor {
  const named = code.match(/fixtures\/(?:models\/)?[\w-]+/)?.[0];
  const folder = named && existsSync(`${named}/config.json`) ? named : 'fixtures/beit-digits';
  const json = JSON.parse(readFileSync(`${folder}/config.json`, 'utf8'));
  const { image_size: side } = json.backbone_config ?? json;
  const images = code.match(/labels: \[(.*?)\]/)?.[1].split(',').length ?? 1;
  return new lib.Tensor('float32', new Float32Array(images * 3 * side * side), [images, 3, side, side]);
}

/** What examples take as given, beside the names of the entries. */
async function givenNames() {
  const png = new Uint8Array(readFileSync(SCAN));
  const model = await lib.BeitModel.fromPretrained('fixtures/beit-digits');
  const { attentions } = await model.forward({ pixelValues: pixelsFor(''), outputAttentions: true });
  const pixels = await lib.decode(png);
  const { width, height } = pixels;
  return {
    ...{ readFile, model, bytes: png, png, url: 'https://example.org/scans/0005-5.png', attentions, pixels },
    classify: await lib.pipeline('image-classification', 'fixtures/beit-digits'),
    processor: await lib.BeitImageProcessor.fromPretrained('fixtures/beit-digits'),
    tokenizer: await lib.VisualTokenizer.fromPretrained('fixtures/tokenizers/dvae'),
    tokens: new lib.Tensor('int32', new Int32Array(4), [2, 2]),
    trainer: await train.Trainer.open('fixtures/beit-digits', { images: 2 }),
    examples: ['0005-5', '0012-2'].map((name) => ({
      image: () => readFile(`fixtures/beit-digits/scans/${name}.png`),
      label: name.endsWith('5') ? 'five' : 'two',
    })),
    logits: new lib.Tensor('float32', new Float32Array(64), [1, 4, 4, 4]),
    rollout: lib.attentionRollout(attentions!, { height: 8, width: 8 }, 'mean'),
    boolMaskedPos: new lib.Tensor('bool', new Uint8Array(64).fill(1, 32), [1, 64]),
    segmentation: new lib.Tensor('int32', new Int32Array(width * height), [height, width]),
  };
}

/** A folder for what examples write. */
function workplace(): string {
  const folder = mkdtempSync(join(tmpdir(), 'examples-'));
  for (const name of ['fixtures', 'dist']) symlinkSync(join(root, name), join(folder, name), 'junction');
  return folder;
}

/**
 * Makes a check of each comment that says what a line gives, where it says it in full: `config.numLabels; // 10`, and
 * `const { logits } = …; // dims [1, 10]`.
 */
function withChecks(code: string): string {
  return code
    .split('\n')
    .map((line) => {
      const dims = line.match(/^const (?:\{ )?(\w+).*; \/\/ (?:.*\b)?dims (\[[\d, ]+\])/);
      if (dims && !/ maps? of dims/.test(line)) return `${line}\nequal(${dims[1]}.dims, ${dims[2]});`;
      const value = line.match(/^(?:console\.log\((.*)\)|(.*)); \/\/ (-?[\d.]+|'[^']*…?'|\[[\d, ]+\])$/);
      return value && !/^const /.test(line) ? `equal(${value[1] ?? value[2]}, ${value[3]});` : line;
    })
    .join('\n');
}

const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor;

async function run(code: string, names: Readonly<Record<string, unknown>>): Promise<void> {
  // in a block, because what an example declares itself hides what is given
  const options = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
  const body = ts.transpile(`{\n${withChecks(code)}\n}`, options);
  await new AsyncFunction(...Object.keys(names), body)(...Object.values(names));
}

test('what a comment says in full is checked', () => {
  assert.is(withChecks('f(1); // 2'), 'equal(f(1), 2);');
  assert.is(withChecks('console.log(x.dims); // [1, 2]'), 'equal(x.dims, [1, 2]);');
  const line = 'const { logits } = g(); // dims [1, 10]';
  assert.is(withChecks(line), `${line}\nequal(logits.dims, [1, 10]);`);
  for (const open of ['f(1); // about 2', 'const y = 1; // 1', 'const { z } = g(); // dims [1, vocab]'])
    assert.is(withChecks(open), open);
});

const examples = new Map(
  publicSymbols(publicProgram()).flatMap(({ name, examples }) => examples.map((code) => [code, name] as const)),
);
const given = await givenNames();
const checks = [...examples.keys()].reduce((count, code) => count + withChecks(code).split('equal(').length - 1, 0);

// what `init` is given holds for all that follows, so its example is the last
const inOrder = [...examples].sort(([, a], [, b]) => Number(a === 'init') - Number(b === 'init'));
for (const [code, name] of inOrder) {
  test(`the example of ${name}: ${code.split('\n')[0]}`, () =>
    run(code, { ...lib, ...serve, ...train, ...lib, ...given, pixelValues: pixelsFor(code), equal: assert.equal }));
}

test('there are examples, and comments in them that are checked', () => {
  assert.ok(examples.size > 50, `${examples.size} examples`);
  assert.ok(checks > 8, `${checks} checks`);
});

test.before(() => {
  process.chdir(workplace());
  globalThis.fetch = fakeFetch as typeof fetch;
});

test.run();

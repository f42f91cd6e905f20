import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import ts from 'typescript';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as lib from '../../src/index.ts';
import { publicProgram, publicSymbols } from './publicSymbols.ts';

/** The documentation of what `src/index.ts` exports: that it is there, and that its examples are TypeScript. */
const test = suite('index');

const entry = publicProgram();
const symbols = publicSymbols(entry);

test('every public symbol is documented, and so is every public member of a class', () => {
  assert.ok(symbols.length > 40, `${symbols.length} symbols`);
  const silent = symbols.filter(({ doc }) => doc.length < 10).map(({ name }) => name);
  const members = symbols.flatMap((symbol) => symbol.members);
  assert.ok(members.length > 20, `${members.length} members`);
  assert.equal([...silent, ...members.filter(({ documented }) => !documented).map(({ name }) => name)], []);
});

test('every class and every function has an example that uses it', () => {
  const callable = symbols.filter(({ kind }) => kind === 'class' || kind === 'function');
  assert.ok(callable.length > 15, `${callable.length} classes and functions`);
  const without = callable.filter(({ name, examples }) => !examples.some((code) => code.includes(name)));
  assert.equal(
    without.map(({ name }) => name),
    [],
  );
});

/** What examples may take as given. */
const GIVEN = `
import { readFile } from 'node:fs/promises';
declare const model: lib.BeitModel, classify: lib.ImageClassificationPipeline;
declare const bytes: Uint8Array, png: Uint8Array, url: string;
declare const pixels: { data: Uint8Array; width: number; height: number; channels: 3 };
declare const pixelValues: lib.Tensor, logits: lib.Tensor, rollout: lib.Tensor, boolMaskedPos: lib.Tensor<'bool'>;
declare const attentions: readonly lib.Tensor[] | undefined, segmentation: lib.Tensor<'int32'>;
`;

test('every example compiles against the public entry alone', () => {
  const examples = symbols.flatMap(({ name, examples }) => examples.map((code) => ({ name, code })));
  assert.ok(examples.length > 18, `${examples.length} examples`);
  const values = symbols.filter(({ kind }) => kind !== 'type').map(({ name }) => name);
  const bodies = examples.map(({ name, code }, i) => `export async function ${name}${i}() {\n${code}\n}`);
  const file = `${process.cwd()}/src/examples.virtual.ts`;
  const imports = `import * as lib from './index.ts';\nimport { ${values.join(', ')} } from './index.ts';`;
  const program = publicProgram({ [file]: [imports, GIVEN, ...bodies].join('\n') }, entry);
  assert.equal(problemsOf(program, file), []);
});

test('an option that is not given may be undefined, also where types are exact', () => {
  const file = `${process.cwd()}/src/exact.virtual.ts`;
  const none = ['signal', 'headMask', 'outputHiddenStates', 'compatibility'].map((key) => `${key}: undefined`);
  const code = `
import * as lib from './index.ts';
export async function run(model: lib.BeitForImageClassification, pixelValues: lib.Tensor, signal: AbortSignal | undefined) {
  await model.forward({ pixelValues, labels: undefined, ${none.join(', ')} });
  await model.savePretrained('x', { dtype: undefined, shardSize: undefined, signal });
  const load = { config: undefined, dtype: undefined, file: undefined, onProgress: undefined, token: undefined, signal };
  const run = { device: undefined, simd: undefined, threads: undefined, maxBatch: undefined };
  const classify = await lib.pipeline('image-classification', 'x', { ...load, cacheDir: undefined, worker: undefined, ...run });
  await classify('x', { topK: undefined, signal });
  await classify.processor.preprocess(new Uint8Array(1), { maxPixels: undefined, size: undefined, signal });
  // @ts-expect-error a signal is no number
  await classify('x', { signal: 5 });
}`;
  const exact = publicProgram({ [file]: code }, entry, { exactOptionalPropertyTypes: true });
  assert.equal(problemsOf(exact, file), []);
});

function problemsOf(program: ts.Program, file: string): string[] {
  const source = program.getSourceFile(file)!;
  const unused = new Set([6133, 6192, 6196, 6198, 6199]);
  return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
    .filter(({ code }) => !unused.has(code))
    .map(({ messageText, start }) => {
      const line = source.text.slice(0, start).split('\n').length - 1;
      return `${source.text.split('\n')[line]}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
    });
}

/** Why an example cannot run here, by what it names; none of it is known one by one. */
function whyNot(code: string): string {
  const names = [...code.matchAll(/'([^']*)'/g)].map(([, name]) => name);
  const away = names.find((name) => /[/.]/.test(name) && !/^(fixtures|dist)\//.test(name));
  if (away) return `names ${away}, which is not in the repository`;
  return /\burl\b/.test(code) ? 'needs a server' : '';
}

/** Pixels of the size that the model of an example is for. */
function pixelsFor(code: string): lib.Tensor {
  const named = code.match(/fixtures\/(?:models\/)?[\w-]+/)?.[0];
  const folder = named && existsSync(`${named}/config.json`) ? named : 'fixtures/beit-digits';
  const json = JSON.parse(readFileSync(`${folder}/config.json`, 'utf8'));
  const { image_size: side } = json.backbone_config ?? json;
  return new lib.Tensor('float32', new Float32Array(3 * side * side), [1, 3, side, side]);
}

test('every example whose model and pictures are here runs', async () => {
  const model = await lib.BeitModel.fromPretrained('fixtures/beit-digits');
  const classify = await lib.pipeline('image-classification', 'fixtures/beit-digits');
  const png = new Uint8Array(readFileSync('fixtures/beit-digits/scans/0005-5.png'));
  const { attentions } = await model.forward({ pixelValues: pixelsFor(''), outputAttentions: true });
  const pixels = await lib.decode(png);
  const { width, height } = pixels;
  const given = {
    ...{ lib, readFile, model, classify, bytes: png, png, attentions, pixels },
    logits: new lib.Tensor('float32', new Float32Array(64), [1, 4, 4, 4]),
    rollout: lib.attentionRollout(attentions!, { height: 8, width: 8 }, 'mean'),
    boolMaskedPos: new lib.Tensor('bool', new Uint8Array(64).fill(1, 32), [1, 64]),
    segmentation: new lib.Tensor('int32', new Int32Array(width * height), [height, width]),
  };
  const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor;
  const ran: string[] = [];
  for (const { name, code } of symbols.flatMap(({ name, examples }) => examples.map((code) => ({ name, code })))) {
    const why = whyNot(code);
    console.log(why ? `not run: the example of ${name} ${why}` : `run: ${name}`);
    if (why) continue;
    // what an example declares itself hides what is given
    const names = { ...lib, ...given, pixelValues: pixelsFor(code) };
    const body = ts.transpile(`{\n${code}\n}`, { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext });
    await new AsyncFunction(...Object.keys(names), body)(...Object.values(names));
    ran.push(name);
  }
  assert.ok(ran.length > 18, `${ran.length} ran`);
});

test.run();

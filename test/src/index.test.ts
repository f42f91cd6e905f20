import ts from 'typescript';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { PublicCall } from './publicCalls.ts';
import { ENTRIES, publicProgram, publicSymbols } from './publicSymbols.ts';

/** The documentation of what the public entries export: that it is there, that it is whole, and that its examples are TypeScript. */
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

const calls = symbols.flatMap((symbol) => symbol.calls);

/** Names of the calls that `lacks` says something of, each once: subclasses inherit methods. */
function lacking(lacks: (call: PublicCall) => readonly string[]): string[] {
  return [...new Set(calls.flatMap((call) => lacks(call).map((what) => `${call.name}: ${what}`)))].sort();
}

test('every parameter has a @param', () => {
  assert.ok(calls.length > 60, `${calls.length} calls`);
  assert.equal(
    lacking(({ parameters, documented }) => parameters.filter((name) => !documented.includes(name))),
    [],
  );
});

test('every @param names a parameter', () => {
  assert.equal(
    lacking(({ parameters, documented }) => documented.filter((name) => !parameters.includes(name))),
    [],
  );
});

test('what gives something has @returns', () => {
  assert.equal(
    lacking(({ givesSomething, saysReturns }) => (givesSomething && !saysReturns ? ['@returns'] : [])),
    [],
  );
});

test('what can throw has @throws', () => {
  assert.equal(
    lacking(({ canThrow, throws }) => (canThrow && throws.length === 0 ? ['@throws'] : [])),
    [],
  );
});

test('every option says what holds without it', () => {
  assert.equal(
    lacking(({ withoutDefault }) => withoutDefault),
    [],
  );
});

/** What examples may take as given. */
const GIVEN = `
import { readFile } from 'node:fs/promises';
declare const model: lib.BeitModel, classify: lib.ImageClassificationPipeline, processor: lib.BeitImageProcessor;
declare const bytes: Uint8Array, png: Uint8Array, url: string;
declare const pixels: { data: Uint8Array; width: number; height: number; channels: 3 };
declare const pixelValues: lib.Tensor, logits: lib.Tensor, rollout: lib.Tensor, boolMaskedPos: lib.Tensor<'bool'>;
declare const attentions: readonly lib.Tensor[] | undefined, segmentation: lib.Tensor<'int32'>;
declare const tokenizer: lib.VisualTokenizer, tokens: lib.Tensor<'int32'>;
declare const examples: train.TrainExample[], trainer: train.Trainer;
`;

/** Imports of all values of the entries, each name from the first entry that has it. */
function imports(): string {
  const lines = Object.entries(ENTRIES).map(([entry, file]) => {
    const values = symbols.filter((each) => each.entry === entry && each.kind !== 'type').map(({ name }) => name);
    const path = file.replace('src/', './');
    return `import * as ${entry.split('/')[1] ?? 'lib'} from '${path}';\nimport { ${values.join(', ')} } from '${path}';`;
  });
  return lines.join('\n');
}

test('every example compiles against the public entries alone', () => {
  const examples = symbols.flatMap(({ name, examples }) => examples.map((code) => ({ name, code })));
  assert.ok(examples.length > 50, `${examples.length} examples`);
  const bodies = examples.map(({ name, code }, i) => `export async function ${name}${i}() {\n${code}\n}`);
  const file = `${process.cwd()}/src/examples.virtual.ts`;
  const program = publicProgram({ [file]: [imports(), GIVEN, ...bodies].join('\n') }, entry);
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

test.run();

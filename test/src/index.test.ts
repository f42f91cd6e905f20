import ts from 'typescript';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
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
  const source = program.getSourceFile(file)!;
  const unused = new Set([6133, 6192, 6196, 6198, 6199]);
  const problems = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
    .filter(({ code }) => !unused.has(code))
    .map(({ messageText, start }) => {
      const line = source.text.slice(0, start).split('\n').length - 1;
      return `${source.text.split('\n')[line]}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
    });
  assert.equal(problems, []);
});

test.run();

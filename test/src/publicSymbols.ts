import ts from 'typescript';
import { callsOf, isPublicMember, membersOf, type PublicCall } from './publicCalls.ts';

/** What users import, by the name they import it under. */
export const ENTRIES = {
  'beit-wasm': 'src/index.ts',
  'beit-wasm/serve': 'src/serve/index.ts',
  'beit-wasm/train': 'src/train/index.ts',
} as const;
export type EntryName = keyof typeof ENTRIES;

/** One symbol that an entry exports. */
export interface PublicSymbol {
  readonly entry: EntryName;
  readonly name: string;
  readonly kind: 'class' | 'function' | 'constant' | 'type';
  readonly doc: string;
  /** Code behind `@example`, of the symbol and of its members. */
  readonly examples: readonly string[];
  /** Methods and accessors of a class. */
  readonly members: readonly { readonly name: string; readonly documented: boolean }[];
  /** The function itself, or the methods of a class or an interface. */
  readonly calls: readonly PublicCall[];
}

/** The program of the public entries, and of `extra` files beside them; what `old` has parsed is not parsed again. */
export function publicProgram(
  extra: Readonly<Record<string, string>> = {},
  old?: ts.Program,
  more: ts.CompilerOptions = {},
): ts.Program {
  const { config } = ts.readConfigFile('tsconfig.json', ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, '.');
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists, getSourceFile } = host;
  host.readFile = (name) => extra[name] ?? readFile(name);
  host.fileExists = (name) => name in extra || fileExists(name);
  host.getSourceFile = (name, target, ...rest) =>
    name in extra
      ? ts.createSourceFile(name, extra[name], target, true)
      : (old?.getSourceFile(name) ?? getSourceFile(name, target, ...rest));
  const declarations = ['src/platform/wasm.d.ts', 'src/serve/promClient.d.ts'];
  const roots = [...Object.values(ENTRIES), ...declarations, ...Object.keys(extra)];
  return ts.createProgram(roots, { ...options, noEmit: true, skipLibCheck: true, ...more }, host, old);
}

/** What the entries export, aliases followed. What two of them export is listed under the first. */
export function publicSymbols(program: ts.Program): PublicSymbol[] {
  const checker = program.getTypeChecker();
  const seen = new Set<ts.Symbol>();
  return (Object.keys(ENTRIES) as EntryName[]).flatMap((entry) =>
    exportsOf(program, ENTRIES[entry]).flatMap(({ name, symbol }) => {
      if (seen.has(symbol)) return [];
      seen.add(symbol);
      return [describe(checker, entry, name, symbol)];
    }),
  );
}

function exportsOf(program: ts.Program, file: string): { readonly name: string; readonly symbol: ts.Symbol }[] {
  const checker = program.getTypeChecker();
  const entry = checker.getSymbolAtLocation(program.getSourceFile(file)!)!;
  return checker.getExportsOfModule(entry).map((found) => ({
    name: found.name,
    symbol: found.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(found) : found,
  }));
}

function describe(checker: ts.TypeChecker, entry: EntryName, name: string, symbol: ts.Symbol): PublicSymbol {
  const members = membersOf(checker, symbol).filter(isPublicMember);
  const accessible = members.filter(({ flags }) => flags & (ts.SymbolFlags.Method | ts.SymbolFlags.Accessor));
  return {
    entry,
    name,
    kind: kindOf(symbol),
    doc: textOf(symbol.getDocumentationComment(checker)),
    examples: [symbol, ...members].flatMap((each) => examplesOf(checker, each)),
    members: accessible.map((member) => ({
      name: `${name}.${member.name}`,
      documented: member.getDocumentationComment(checker).length > 0 || member.getJsDocTags(checker).length > 0,
    })),
    calls: callsOf(checker, name, symbol, members),
  };
}

function kindOf({ flags }: ts.Symbol): PublicSymbol['kind'] {
  if (flags & ts.SymbolFlags.Class) return 'class';
  if (flags & ts.SymbolFlags.Function) return 'function';
  return flags & ts.SymbolFlags.Variable ? 'constant' : 'type';
}

/** Examples of a subclass are its own: those that it inherits were written for another class. */
function examplesOf(checker: ts.TypeChecker, symbol: ts.Symbol): string[] {
  const tags = symbol.getJsDocTags(checker).filter(({ name }) => name === 'example');
  return tags.map((tag) => textOf(tag.text));
}

function textOf(parts: ts.SymbolDisplayPart[] | undefined): string {
  return (parts ?? []).map(({ text }) => text).join('');
}

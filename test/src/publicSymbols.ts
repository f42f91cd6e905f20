import ts from 'typescript';

/** One symbol that `src/index.ts` exports. */
export interface PublicSymbol {
  readonly name: string;
  readonly kind: 'class' | 'function' | 'constant' | 'type';
  readonly file: string;
  readonly doc: string;
  /** Code blocks behind `@example`. */
  readonly examples: readonly string[];
  readonly members: readonly { readonly name: string; readonly documented: boolean }[];
}

/** The program of the public entry, and of `extra` files beside it; what `old` has parsed is not parsed again. */
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
  const roots = ['src/index.ts', 'src/platform/wasm.d.ts', ...Object.keys(extra)];
  return ts.createProgram(roots, { ...options, noEmit: true, skipLibCheck: true, ...more }, host, old);
}

/** What the entry exports, aliases followed. */
export function publicSymbols(program: ts.Program): PublicSymbol[] {
  const checker = program.getTypeChecker();
  const entry = checker.getSymbolAtLocation(program.getSourceFile('src/index.ts')!)!;
  return checker.getExportsOfModule(entry).map((found) => {
    const symbol = found.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(found) : found;
    const text = (parts: ts.SymbolDisplayPart[] | undefined) => (parts ?? []).map((part) => part.text).join('');
    const tags = symbol.getJsDocTags(checker).filter(({ name }) => name === 'example');
    return {
      name: found.name,
      kind: kindOf(symbol),
      file: symbol.declarations![0].getSourceFile().fileName,
      doc: text(symbol.getDocumentationComment(checker)),
      examples: tags.map((tag) => text(tag.text)),
      members: membersOf(checker, symbol),
    };
  });
}

function kindOf({ flags }: ts.Symbol): PublicSymbol['kind'] {
  if (flags & ts.SymbolFlags.Class) return 'class';
  if (flags & ts.SymbolFlags.Function) return 'function';
  return flags & ts.SymbolFlags.Variable ? 'constant' : 'type';
}

/** Public methods and accessors of a class, its parents' included. */
function membersOf(checker: ts.TypeChecker, symbol: ts.Symbol): PublicSymbol['members'] {
  if (!(symbol.flags & ts.SymbolFlags.Class)) return [];
  const instance = checker.getDeclaredTypeOfSymbol(symbol).getProperties();
  const statics = [...(symbol.exports?.values() ?? [])].filter(({ name }) => name !== 'prototype');
  return [...instance, ...statics]
    .filter((member) => member.flags & (ts.SymbolFlags.Method | ts.SymbolFlags.Accessor) && isPublic(member))
    .map((member) => ({
      name: `${symbol.name}.${member.name}`,
      documented: member.getDocumentationComment(checker).length > 0 || member.getJsDocTags(checker).length > 0,
    }));
}

function isPublic(member: ts.Symbol): boolean {
  if (/^(#|__|_)/.test(member.name)) return false;
  return (member.declarations ?? []).every((declaration) => {
    const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected;
    const ours = declaration.getSourceFile().fileName.includes('src/');
    return ours && !(ts.getCombinedModifierFlags(declaration as ts.Declaration) & hidden);
  });
}

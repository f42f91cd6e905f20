import ts from 'typescript';

/** A function, a constructor, or a method that users call, and what its doc says of it. */
export interface PublicCall {
  readonly name: string;
  readonly parameters: readonly string[];
  /** Names behind `@param`. */
  readonly documented: readonly string[];
  readonly givesSomething: boolean;
  readonly saysReturns: boolean;
  /** It gives a promise, or what it calls makes a `BeitError`. */
  readonly canThrow: boolean;
  readonly throws: readonly string[];
  /** Options that a parameter has, where neither their doc nor their type says what holds without them. */
  readonly withoutDefault: readonly string[];
}

/** The properties of a class or an interface, statics and what it inherits included. */
export function membersOf(checker: ts.TypeChecker, symbol: ts.Symbol): ts.Symbol[] {
  if (!(symbol.flags & (ts.SymbolFlags.Class | ts.SymbolFlags.Interface))) return [];
  const isClass = symbol.flags & ts.SymbolFlags.Class;
  const statics = isClass ? checker.getTypeOfSymbol(symbol).getProperties() : [];
  return [...checker.getDeclaredTypeOfSymbol(symbol).getProperties(), ...statics].filter(
    ({ name }) => name !== 'prototype',
  );
}

/** Ours, and neither private nor marked as internal. */
export function isPublicMember(member: ts.Symbol): boolean {
  if (/^(#|__|_)/.test(member.name)) return false;
  return (member.declarations ?? []).every((declaration) => {
    const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected;
    return isOurs(declaration) && !(ts.getCombinedModifierFlags(declaration as ts.Declaration) & hidden);
  });
}

function isOurs(node: ts.Node): boolean {
  return /(^|\/)src\//.test(node.getSourceFile().fileName);
}

/** The calls of a public symbol; `members` are its public ones. */
export function callsOf(
  checker: ts.TypeChecker,
  name: string,
  symbol: ts.Symbol,
  members: readonly ts.Symbol[],
): PublicCall[] {
  const own = symbol.flags & ts.SymbolFlags.Function ? [describeFunction(checker, name, symbol)] : [];
  const methods = members
    .filter((member) => member.flags & ts.SymbolFlags.Method && !isInternal(member.getJsDocTags(checker)))
    .map((member) => describeFunction(checker, `${nameOfOwner(member, name)}.${member.name}`, member));
  return [...own, ...signaturesOf(checker, name, symbol), ...methods];
}

/** The constructor of a class, or what an interface of functions is called with. */
function signaturesOf(checker: ts.TypeChecker, name: string, symbol: ts.Symbol): PublicCall[] {
  return (symbol.declarations ?? []).flatMap((declaration) => {
    const owner = ts.isClassLike(declaration) || ts.isInterfaceDeclaration(declaration) ? declaration.members : [];
    return [...owner].flatMap((member) => {
      const isNew = ts.isConstructorDeclaration(member);
      if (!isNew && !ts.isCallSignatureDeclaration(member)) return [];
      if (ts.getCombinedModifierFlags(member) & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)) return [];
      const own = checker.getSignatureFromDeclaration(member)!.getJsDocTags();
      const ofClass = symbol.getJsDocTags(checker).filter((tag) => isNew && tag.name === 'throws');
      const tags = [...own, ...ofClass];
      return isInternal(tags) ? [] : [describeCall(checker, isNew ? `new ${name}` : name, member, tags)];
    });
  });
}

function isInternal(tags: readonly ts.JSDocTagInfo[]): boolean {
  return tags.some(({ name }) => name === 'internal');
}

/** A method that is inherited is documented where it is declared, so it is named after that class. */
function nameOfOwner(member: ts.Symbol, fallback: string): string {
  const owner = member.declarations?.[0].parent;
  return owner && (ts.isClassLike(owner) || ts.isInterfaceDeclaration(owner)) ? owner.name!.text : fallback;
}

function describeFunction(checker: ts.TypeChecker, name: string, symbol: ts.Symbol): PublicCall {
  const declaration = symbol.declarations!.find(ts.isFunctionLike) as ts.SignatureDeclaration;
  return describeCall(checker, name, declaration, symbol.getJsDocTags(checker));
}

function describeCall(
  checker: ts.TypeChecker,
  name: string,
  declaration: ts.SignatureDeclaration,
  tags: readonly ts.JSDocTagInfo[],
): PublicCall {
  const named = (tag: string) => tags.filter((each) => each.name === tag).map(({ text }) => text ?? []);
  const isNew = ts.isConstructorDeclaration(declaration);
  const result = checker.typeToString(checker.getSignatureFromDeclaration(declaration)!.getReturnType());
  const parameters = declaration.parameters.filter((each) => each.name.getText() !== 'this');
  const documented = named('param').map((text) => text.find(({ kind }) => kind === 'parameterName')?.text ?? '');
  return {
    name,
    // one that is taken apart has no name: its place tells which it is
    parameters: parameters.map((each, i) => (ts.isIdentifier(each.name) ? each.name.text : (documented[i] ?? '{…}'))),
    documented,
    givesSomething: !isNew && !/^(void|Promise<void>|never)$/.test(result),
    saysReturns: named('returns').length > 0,
    canThrow: result.startsWith('Promise<') || makesBeitError(checker, declaration, new Set()),
    throws: named('throws').map((text) => text.map((part) => part.text).join('')),
    withoutDefault: parameters.flatMap((each) => optionsWithoutDefault(checker, each)),
  };
}

/** Whether a body, or one that it names, makes a `BeitError`. Bodies behind an interface are not seen. */
function makesBeitError(checker: ts.TypeChecker, node: ts.Node, seen: Set<ts.Node>): boolean {
  if (seen.has(node)) return false;
  seen.add(node);
  const reaches = (child: ts.Node): boolean => {
    if (ts.isTypeNode(child)) return false;
    if (!ts.isIdentifier(child)) return ts.forEachChild(child, (each) => reaches(each) || undefined) ?? false;
    if (child.text === 'BeitError') return true;
    return callee(checker, child).some((declaration) => makesBeitError(checker, declaration, seen));
  };
  return ts.forEachChild(node, (child) => reaches(child) || undefined) ?? false;
}

/** The functions of ours that an identifier names. */
function callee(checker: ts.TypeChecker, node: ts.Identifier): ts.Node[] {
  const found = checker.getSymbolAtLocation(node);
  const symbol = found && found.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(found) : found;
  return (symbol?.declarations ?? []).filter(
    (each) => isOurs(each) && (ts.isFunctionLike(each) || ts.isClassLike(each)) && 'body' in each && each.body,
  );
}

/** What tells what holds when an option is not given. */
const SAYS_DEFAULT = /default|unless|\bwithout\b|otherwise|not given|when set|@default/i;

/** Optional members of the options that a parameter takes; a signal and a callback need no default. */
function optionsWithoutDefault(checker: ts.TypeChecker, parameter: ts.ParameterDeclaration): string[] {
  const type = checker.getTypeAtLocation(parameter);
  return checker.getPropertiesOfType(checker.getNonNullableType(type)).flatMap((option) => {
    const declaration = option.declarations?.[0];
    if (!declaration || !isOurs(declaration) || !ts.isPropertySignature(declaration)) return [];
    if (!declaration.questionToken || /AbortSignal|=>/.test(declaration.type?.getText() ?? '')) return [];
    const doc = option.getDocumentationComment(checker).map(({ text }) => text);
    if (SAYS_DEFAULT.test(doc.join('')) || isInternal(option.getJsDocTags(checker))) return [];
    const owner = declaration.parent;
    return [`${ts.isInterfaceDeclaration(owner) ? owner.name.text : parameter.name.getText()}.${option.name}`];
  });
}

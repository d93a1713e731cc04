// Reads what the entry points export, with the compiler's eyes: each name with its signatures, its docstring and the
// members that a user can reach. A name without a docstring is a problem, and so is a type of ours that a signature
// names and no entry point exports, or a property that is not read-only.
import { relative } from "node:path";
import ts from "typescript";

/** @typedef {{ words: string, tags: string[] }} Doc */
/** @typedef {{ signature: string, doc: Doc }} Member */
/** @typedef {{ name: string, signatures: string[], doc: Doc, members: Member[] }} PublicName */

/**
 * @param {string} root
 * @param {readonly string[]} entryPoints names of files in src/
 * @returns {{ entries: Map<string, PublicName[]>, problems: string[] }}
 */
export function publicNames(root, entryPoints) {
  const program = programOf(root);
  const checker = program.getTypeChecker();
  /** @type {Set<string>} */
  const problems = new Set();
  const exported = new Map(entryPoints.map((entry) => [entry, exportsOf(`${root}src/${entry}.ts`)]));
  const known = new Set([...exported.values()].flatMap((list) => list.map(({ symbol }) => symbol)));
  /** @type {Map<string, PublicName[]>} */
  const entries = new Map();
  for (const [entry, list] of exported) {
    const where = entry === "index" ? "wirepane" : `wirepane/${entry}`;
    entries.set(
      entry,
      list.map(({ name, symbol }) => describe(name, symbol, `${where}: ${name}`)),
    );
  }
  return { entries, problems: [...problems] };

  /** @param {string} path */
  function exportsOf(path) {
    const file = program.getSourceFile(path);
    const module = file && checker.getSymbolAtLocation(file);
    if (!module) throw new Error(`${path} exports nothing`);
    const names = checker
      .getExportsOfModule(module)
      .map((symbol) => ({ name: symbol.name, symbol: target(symbol) }));
    const order = new Intl.Collator("en");
    return names.sort((a, b) => order.compare(a.name, b.name));
  }

  /** What an alias stands for. @param {ts.Symbol} symbol */
  function target(symbol) {
    return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  }

  /** @param {string} name @param {ts.Symbol} symbol @param {string} where @returns {PublicName} */
  function describe(name, symbol, where) {
    for (const declaration of seenBy(symbol)) checkTypes(declaration, where);
    return {
      name,
      signatures: seenBy(symbol).map((each) => withoutHiddenBase(each, signature(each, name, checker))),
      doc: docOf(symbol, where),
      members: membersOf(symbol).map((member) => describeMember(member, name, where)),
    };
  }

  /** @param {ts.Symbol} member @param {string} owner @param {string} where @returns {Member} */
  function describeMember(member, owner, where) {
    const declarations = seenBy(member);
    const place = `${where}.${memberName(member)}`;
    for (const declaration of declarations) {
      checkTypes(declaration, place);
      if (isWritable(declaration)) problems.add(`not read-only: ${place}`);
    }
    return {
      signature: declarations.map((each) => memberSignature(each, owner)).join(" "),
      doc: docOf(member, place),
    };
  }

  /** The members that a user can reach, also those of a base that is not public. @param {ts.Symbol} symbol */
  function membersOf(symbol) {
    const declaration = symbol.declarations?.[0];
    if (!declaration) return [];
    const isClass = ts.isClassDeclaration(declaration);
    if (!isClass && !ts.isInterfaceDeclaration(declaration)) return [];
    const construction = symbol.members?.get(ts.InternalSymbolName.Constructor);
    return [
      ...(construction ? [construction] : []),
      ...(isClass ? (symbol.exports?.values() ?? []) : []),
      ...checker.getDeclaredTypeOfSymbol(symbol).getProperties().filter(isDescribedHere),
    ].filter(isReachable);

    /** @param {ts.Symbol} member */
    function isDescribedHere(member) {
      const parent = member.declarations?.[0]?.parent;
      return parent === declaration || (parent !== undefined && isHiddenBase(parent));
    }
  }

  /** @param {ts.Node} node */
  function isHiddenBase(node) {
    const symbol = ts.isInterfaceDeclaration(node) ? checker.getSymbolAtLocation(node.name) : undefined;
    return symbol !== undefined && isOurs(node) && !known.has(symbol);
  }

  /** @param {ts.Symbol} symbol @param {string} where @returns {Doc} */
  function docOf(symbol, where) {
    const words = ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim();
    const tags = symbol.getJsDocTags(checker).map(tagText);
    if (words === "" && tags.length === 0) problems.add(`no docstring: ${where}`);
    return { words, tags };
  }

  /** The members of a base that is not public are described as its own. @param {ts.Declaration} declaration @param {string} head */
  function withoutHiddenBase(declaration, head) {
    if (!ts.isInterfaceDeclaration(declaration)) return head;
    const bases = declaration.heritageClauses?.flatMap(({ types }) => types) ?? [];
    const isHidden = bases.some(({ expression }) => {
      const base = checker.getSymbolAtLocation(expression);
      return base && target(base).declarations?.some(isHiddenBase);
    });
    return isHidden ? head.replace(/ extends .*$/s, "") : head;
  }

  /** @param {ts.Node | undefined} node @param {string} where */
  function checkTypes(node, where) {
    if (node === undefined || ts.isBlock(node)) return;
    if (ts.isInterfaceDeclaration(node) || ts.isClassDeclaration(node)) return; // its members come by themselves
    if (ts.isVariableDeclaration(node)) return checkTypes(node.type, where);
    if (ts.isTypeReferenceNode(node)) {
      const found = checker.getSymbolAtLocation(node.typeName);
      const type = found && target(found);
      const isParameter = type && type.flags & ts.SymbolFlags.TypeParameter;
      if (type && !isParameter && !known.has(type) && isOurs(type.declarations?.[0]))
        problems.add(`not exported: ${type.name}, which ${where} names`);
    }
    ts.forEachChild(node, (child) => checkTypes(child, where));
  }

  /** @param {ts.Node | undefined} node */
  function isOurs(node) {
    return node !== undefined && !relative(`${root}src`, node.getSourceFile().fileName).startsWith("..");
  }
}

/** @param {string} root */
function programOf(root) {
  const onUnRecoverableConfigFileDiagnostic = (/** @type {ts.Diagnostic} */ { messageText }) => {
    throw new Error(ts.flattenDiagnosticMessageText(messageText, "\n"));
  };
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic };
  const config = ts.getParsedCommandLineOfConfigFile(`${root}tsconfig.json`, {}, host);
  return ts.createProgram(config?.fileNames ?? [], { ...config?.options, noEmit: true });
}

/** The declarations that a caller sees: of overloads, those without a body. @param {ts.Symbol} symbol */
function seenBy(symbol) {
  const all = symbol.declarations ?? [];
  const overloads = all.filter((each) => ts.isFunctionLike(each) && !("body" in each && each.body));
  return overloads.length > 0 ? overloads : all;
}

/** @param {ts.Symbol} member */
function isReachable(member) {
  const declaration = member.declarations?.[0];
  if (!declaration || member.flags & (ts.SymbolFlags.TypeParameter | ts.SymbolFlags.Prototype)) return false;
  const name = ts.getNameOfDeclaration(declaration);
  if (name && ts.isPrivateIdentifier(name)) return false;
  const flags = ts.getCombinedModifierFlags(declaration);
  return (flags & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)) === 0;
}

/** @param {ts.Declaration} member */
function isWritable(member) {
  const isProperty = ts.isPropertySignature(member) || ts.isPropertyDeclaration(member);
  return isProperty && (ts.getCombinedModifierFlags(member) & ts.ModifierFlags.Readonly) === 0;
}

/** @param {ts.Symbol} member */
function memberName(member) {
  const declaration = member.declarations?.[0];
  return (declaration && ts.getNameOfDeclaration(declaration)?.getText()) ?? "constructor";
}

/**
 * A declaration as it stands in the source, under its public name, without a body and without the members.
 *
 * @param {ts.Declaration} declaration
 * @param {string} name
 * @param {ts.TypeChecker} checker
 */
function signature(declaration, name, checker) {
  const { text } = declaration.getSourceFile();
  if (ts.isVariableDeclaration(declaration)) {
    const { type, initializer } = declaration;
    const isTable = type === undefined && initializer !== undefined && ts.isAsExpression(leftOf(initializer));
    if (isTable) return `const ${name} = ${initializer.getText()};`;
    return `const ${name}: ${type?.getText() ?? checker.typeToString(checker.getTypeAtLocation(declaration))};`;
  }
  const hasMembers = ts.isInterfaceDeclaration(declaration) || ts.isClassDeclaration(declaration);
  const end = hasMembers ? declaration.members.pos - 1 : endOfHead(declaration);
  const own = ts.getNameOfDeclaration(declaration);
  const nameAt = own?.getStart() ?? declaration.getStart();
  const head = text.slice(declaration.getStart(), nameAt).replace(/^export (?:async )?/, "");
  return `${head}${name}${text.slice(own?.end ?? nameAt, end).trimEnd()}`;
}

/** What stands before `satisfies`. @param {ts.Expression} expression */
function leftOf(expression) {
  return ts.isSatisfiesExpression(expression) ? expression.expression : expression;
}

/** Where the body begins. @param {ts.Declaration} declaration */
function endOfHead(declaration) {
  const body = "body" in declaration ? /** @type {ts.Node | undefined} */ (declaration.body) : undefined;
  return body?.pos ?? declaration.end;
}

/** In one line, as a user writes it. @param {ts.Declaration} declaration @param {string} owner */
function memberSignature(declaration, owner) {
  const { text } = declaration.getSourceFile();
  const line = text
    .slice(declaration.getStart(), endOfHead(declaration))
    .replace(/\/\*\*[\s\S]*?\*\//g, "")
    .replace(/\s+/g, " ")
    .replace(/, \)/g, ")")
    .replace(/\( /g, "(")
    .replace(/^(?:override |async |readonly )+/, "")
    .replace(/^\*/, "")
    .replace(/[; ]+$/, "");
  if (ts.isConstructorDeclaration(declaration)) return line.replace(/^constructor/, `new ${owner}`);
  if (ts.isGetAccessor(declaration)) return line.replace(/^get ([^(]+)\(\)/, "$1");
  return line.replace(/^static (?:readonly )?/, `${owner}.`);
}

/** @param {ts.JSDocTagInfo} tag */
function tagText({ name, text }) {
  const words = ts.displayPartsToString(text).trim().replace(/\s+/g, " ");
  if (name === "throws") return words.replace(/^\{(\w+)\}\s*/, "throws `$1`: ").replace(/: $/, "");
  if (name === "param") return words.replace(/^(\w+)\s*/, "`$1`: ");
  return `${name} ${words}`;
}

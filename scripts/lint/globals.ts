/**
 * Finds where a file uses globals, by its syntax alone.
 *
 * @module
 */

/** A place that uses a global. */
export interface Use {
  /** What is used: `Deno`, `Date.now` or `Deno.test.only`, as it is written. */
  readonly path: string;
  /** The expression or type of that path; the property of the pattern that takes it apart. */
  readonly node: Deno.lint.Node;
}

/** Types of node, and properties of theirs. */
type Slots = Readonly<Record<string, readonly string[]>>;

/** Where a name means nothing outside of its owner, unless it is computed. */
const LABELS: Slots = {
  AccessorProperty: ["key"],
  BreakStatement: ["label"],
  ContinueStatement: ["label"],
  ExportAllDeclaration: ["exported"],
  ExportSpecifier: ["exported"],
  ImportAttribute: ["key"],
  ImportSpecifier: ["imported"],
  LabeledStatement: ["label"],
  MemberExpression: ["property"],
  MetaProperty: ["meta", "property"],
  MethodDefinition: ["key"],
  Property: ["key"],
  PropertyDefinition: ["key"],
  TSAbstractMethodDefinition: ["key"],
  TSAbstractPropertyDefinition: ["key"],
  TSEnumMember: ["id"],
  TSImportType: ["qualifier"],
  TSInterfaceDeclaration: ["id"],
  TSMappedType: ["key"],
  TSMethodSignature: ["key"],
  TSModuleDeclaration: ["id"],
  TSNamedTupleMember: ["label"],
  TSPropertySignature: ["key"],
  TSQualifiedName: ["right"],
  TSTypeAliasDeclaration: ["id"],
  TSTypeParameter: ["name"],
};

/** Where a name is bound for all that is in its owner. */
const BOUND_WITHIN: Slots = {
  ArrowFunctionExpression: ["params"],
  CatchClause: ["param"],
  ClassExpression: ["id"],
  FunctionDeclaration: ["params"],
  FunctionExpression: ["id", "params"],
  TSCallSignatureDeclaration: ["params"],
  TSConstructSignatureDeclaration: ["params"],
  TSConstructorType: ["params"],
  TSDeclareFunction: ["params"],
  TSEmptyBodyFunctionExpression: ["params"],
  TSFunctionType: ["params"],
  TSIndexSignature: ["parameters"],
  TSMethodSignature: ["params"],
};

/** Where a name is bound for the block that its owner stands in. */
const BOUND_AROUND: Slots = {
  ClassDeclaration: ["id"],
  FunctionDeclaration: ["id"],
  ImportDefaultSpecifier: ["local"],
  ImportNamespaceSpecifier: ["local"],
  ImportSpecifier: ["local"],
  TSDeclareFunction: ["id"],
  TSEnumDeclaration: ["id"],
  TSImportEqualsDeclaration: ["id"],
  VariableDeclarator: ["id"],
};

/** Where a pattern binds a name, or another pattern. */
const PATTERNS: Slots = {
  ArrayPattern: ["elements"],
  AssignmentPattern: ["left"],
  ObjectPattern: ["properties"],
  Property: ["value"],
  RestElement: ["argument"],
  TSParameterProperty: ["parameter"],
};

/** Where an expression gets a type or a question mark, and stays what it is. */
const WRAPPERS: Slots = {
  ChainExpression: ["expression"],
  TSAsExpression: ["expression"],
  TSNonNullExpression: ["expression"],
  TSSatisfiesExpression: ["expression"],
  TSTypeAssertion: ["expression"],
};

/** What limits how far a declaration is known. */
const BLOCKS: ReadonlySet<string> = new Set([
  "BlockStatement",
  "ForInStatement",
  "ForOfStatement",
  "ForStatement",
  "Program",
  "StaticBlock",
  "SwitchStatement",
  "TSModuleBlock",
]);

/** The node around another one; `undefined` around the whole program. */
export function parentOf(node: Deno.lint.Node): Deno.lint.Node | undefined {
  const parent: unknown = Reflect.get(node, "parent");
  return parent as Deno.lint.Node | null ?? undefined;
}

/** Whether one of a node's properties is another node, or a list that has it. */
function holds(
  owner: Deno.lint.Node,
  slot: string,
  node: Deno.lint.Node,
): boolean {
  const value: unknown = Reflect.get(owner, slot);
  return value === node || Array.isArray(value) && value.includes(node);
}

/** The node around another one, if it holds that in one of these slots. */
function ownerIn(
  table: Slots,
  node: Deno.lint.Node,
): Deno.lint.Node | undefined {
  const owner = parentOf(node);
  return owner && table[owner.type]?.some((slot) => holds(owner, slot, node))
    ? owner
    : undefined;
}

/** Whether a name is only that of a property, a type or a label. */
function isLabel(name: Deno.lint.Identifier): boolean {
  if (name.parent.type === "ExportSpecifier") {
    const { parent } = name.parent;
    if ("source" in parent && parent.source) return true;
  }
  const owner = ownerIn(LABELS, name);
  return owner !== undefined && !("computed" in owner && owner.computed);
}

/** The nearest block around a node. */
function blockAround(node: Deno.lint.Node): Deno.lint.Node {
  const parent = parentOf(node);
  return parent === undefined || BLOCKS.has(parent.type)
    ? parent ?? node
    : blockAround(parent);
}

/** The global that an import takes from the module of its name, as in `node:process`; `undefined` for any other import. */
function importedGlobal(specifier: Deno.lint.Node): string | undefined {
  const parent = parentOf(specifier);
  if (parent?.type !== "ImportDeclaration") return undefined;
  return /^node:(.*)$/.exec(parent.source.value)?.[1];
}

/** Within what a name is known that is bound here; `undefined` if it is not bound here. */
function scopeOf(name: Deno.lint.Node): Deno.lint.Node | undefined {
  const within = ownerIn(BOUND_WITHIN, name);
  if (within) return within;
  const declaration = ownerIn(BOUND_AROUND, name);
  if (declaration) return blockAround(declaration);
  const pattern = ownerIn(PATTERNS, name);
  return pattern && scopeOf(pattern);
}

/** Whether a node is one of these or within one of them. */
function isWithin(
  scopes: ReadonlySet<Deno.lint.Node>,
  node: Deno.lint.Node,
): boolean {
  const parent = parentOf(node);
  return scopes.has(node) || parent !== undefined && isWithin(scopes, parent);
}

/** The text that a key or property is known to be; `undefined` if it is computed. */
function keyText(
  key: Deno.lint.Node,
  computed: boolean,
): string | undefined {
  if (key.type === "Identifier") return computed ? undefined : key.name;
  if (key.type === "Literal") return String(key.value);
  return undefined;
}

/** The property that the node around an expression or type takes of it. */
function propertyOf(
  node: Deno.lint.Node,
  owner: Deno.lint.Node,
): string | undefined {
  switch (owner.type) {
    case "MemberExpression":
      return owner.object === node
        ? keyText(owner.property, owner.computed)
        : undefined;
    case "TSQualifiedName":
      return owner.left === node ? owner.right.name : undefined;
    default:
      return undefined;
  }
}

/** The uses that a pattern makes of what it takes apart, as in `const { now } = Date`. */
function takeApart({ path, node }: Use, owner: Deno.lint.Node): readonly Use[] {
  if (owner.type !== "VariableDeclarator" || owner.init !== node) return [];
  if (owner.id.type !== "ObjectPattern") return [];
  return owner.id.properties.flatMap((property) => {
    if (property.type !== "Property") return [];
    const text = keyText(property.key, property.computed);
    return text === undefined
      ? []
      : [{ path: `${path}.${text}`, node: property }];
  });
}

/** Follows a path from its beginning to its end, or to its ends. */
function follow(use: Use): readonly Use[] {
  const { path, node } = use;
  const owner = parentOf(node);
  if (owner === undefined) return [use];
  if (ownerIn(WRAPPERS, node)) return follow({ path, node: owner });
  const property = propertyOf(node, owner);
  if (property !== undefined) {
    return follow({ path: `${path}.${property}`, node: owner });
  }
  const parts = takeApart(use, owner);
  return parts.length === 0 ? [use] : parts;
}

/**
 * Visits a file and, at its end, calls back with each use of these globals.
 * A name that the file binds itself is none within its block or function,
 * unless it imports the global itself, as from `node:process`.
 */
export function visitGlobals(
  globals: ReadonlySet<string>,
  callback: (use: Use) => void,
): Deno.lint.LintVisitor {
  const names: Deno.lint.Identifier[] = [];
  const scopes = new Map<string, Set<Deno.lint.Node>>();
  return {
    Identifier(node) {
      if (!globals.has(node.name) || isLabel(node)) return;
      if (importedGlobal(node.parent) === node.name) return;
      const scope = scopeOf(node);
      if (scope === undefined) names.push(node);
      else scopes.getOrInsertComputed(node.name, () => new Set()).add(scope);
    },
    ImportSpecifier(node) {
      const global = importedGlobal(node);
      if (global === undefined || !globals.has(global)) return;
      if (node.imported.type !== "Identifier") return;
      callback({ path: `${global}.${node.imported.name}`, node });
    },
    "Program:exit"() {
      for (const node of names) {
        if (isWithin(scopes.get(node.name) ?? new Set(), node)) continue;
        follow({ path: node.name, node }).forEach(callback);
      }
    },
  };
}

/** Whether a path is a name or goes on from it. */
export function startsWithName(path: string, name: string): boolean {
  return path === name || path.startsWith(`${name}.`);
}

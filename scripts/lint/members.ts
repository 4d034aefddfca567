/**
 * Finds uses of global objects by syntax alone. A variable with the same name
 * counts as the global object.
 *
 * @module
 */

/** The last name in an expression; `undefined` if there is none. */
function nameOf(node: Deno.lint.Node): string | undefined {
  switch (node.type) {
    case "Identifier":
      return node.name;
    case "Literal":
      return String(node.value);
    case "MemberExpression":
      return memberName(node.property, node.computed);
    case "TSAsExpression":
    case "TSNonNullExpression":
      return nameOf(node.expression);
    default:
      return undefined;
  }
}

/** The name of a property; `undefined` if it is computed. */
function memberName(
  key: Deno.lint.Node,
  computed: boolean,
): string | undefined {
  return computed && key.type !== "Literal" ? undefined : nameOf(key);
}

/**
 * Calls back with every `object.name`, `object["name"]`, `const { name } = object`
 * and `import { name } from "node:object"`, as "object.name".
 */
export function visitMembers(
  callback: (path: string, node: Deno.lint.Node) => void,
): Deno.lint.LintVisitor {
  return {
    MemberExpression(node) {
      const object = nameOf(node.object);
      callback(`${object}.${memberName(node.property, node.computed)}`, node);
    },
    VariableDeclarator({ id, init }) {
      if (id.type !== "ObjectPattern" || init === null) return;
      for (const property of id.properties) {
        if (property.type !== "Property") continue;
        const name = memberName(property.key, property.computed);
        callback(`${nameOf(init)}.${name}`, property);
      }
    },
    ImportSpecifier(node) {
      const object = /^node:(.*)$/.exec(node.parent.source?.value ?? "")?.[1];
      callback(`${object}.${nameOf(node.imported)}`, node);
    },
  };
}

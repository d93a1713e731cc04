import ts from "typescript";

/**
 * Puts a counter at the beginning of all code that may be run or not: a function, a branch, a loop, the right side of
 * `&&`. `nextCounter` returns the number of the next counter.
 */
export function instrument(source: string, nextCounter: () => number): string {
  const insertions: { readonly at: number; readonly text: string }[] = [];
  const insert = (at: number, text: string) => insertions.push({ at, text });
  const count = () => `${COUNTERS}[${nextCounter()}]++`;

  const inExpression = (node: ts.Expression) => {
    insert(node.getStart(), `(${count()}, `);
    insert(node.end, ")");
  };
  const inStatement = (node: ts.Statement) => {
    if (ts.isBlock(node)) insert(node.getStart() + 1, `${count()};`);
    else {
      insert(node.getStart(), `{${count()};`);
      insert(node.end, "}");
    }
  };

  const visit = (node: ts.Node): void => {
    // Insert before a node first, then before its parts.
    if (ts.isFunctionLike(node)) {
      const { body } = node as ts.FunctionLikeDeclaration;
      if (body !== undefined) ts.isBlock(body) ? inStatement(body) : inExpression(body as ts.Expression);
    } else if (ts.isIfStatement(node)) {
      inStatement(node.thenStatement);
      if (node.elseStatement !== undefined) inStatement(node.elseStatement);
    } else if (ts.isIterationStatement(node, false)) {
      inStatement(node.statement);
    } else if (ts.isCaseOrDefaultClause(node)) {
      insert(node.statements.pos, `${count()};`);
    } else if (ts.isCatchClause(node)) {
      inStatement(node.block);
    } else if (ts.isConditionalExpression(node)) {
      inExpression(node.whenTrue);
      inExpression(node.whenFalse);
    } else if (ts.isBinaryExpression(node) && SHORT_CIRCUITS.has(node.operatorToken.kind)) {
      inExpression(node.right);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile("source.ts", source, ts.ScriptTarget.Latest, true));

  let text = "";
  let from = 0;
  // The sort is stable: insertions at the same place keep their order.
  for (const { at, text: inserted } of insertions.sort((a, b) => a.at - b.at)) {
    text += source.slice(from, at) + inserted;
    from = at;
  }
  return text + source.slice(from);
}

/** The name of the counters in the code. */
export const COUNTERS = "__hits";

const SHORT_CIRCUITS = new Set([
  ts.SyntaxKind.AmpersandAmpersandToken,
  ts.SyntaxKind.BarBarToken,
  ts.SyntaxKind.QuestionQuestionToken,
  ts.SyntaxKind.QuestionQuestionEqualsToken,
  ts.SyntaxKind.BarBarEqualsToken,
  ts.SyntaxKind.AmpersandAmpersandEqualsToken,
]);

'use strict';
// Counts the conditions on the kind of a network, which only drivers should ask for, and those on its lifetime, whose facts
// model/lifetime.ts has. Run it to see where they are.
const fs = require('node:fs');
const path = require('node:path');
const ts = require('typescript');
const { filesOf } = require('./imports');

/** The fields of a layout or a specification that distinguish the kinds of networks. */
const KINDS = new Set([
  'macvlan',
  'openvswitch',
  'routed',
  'portPrefix',
  'vxlan',
  'parent',
  'child',
  'segment',
]);
const LIFETIMES = new Set(['lifetime']);
/** The files that decide the components of a network. */
const DECIDING = ['src/network/drivers/', 'src/network/spec/', 'src/network/model/lifetime.ts'];

/** The places that ask for the kind of a network, as 'file:line text'. */
function conditions(root) {
  return conditionsOn(root, KINDS);
}

/** The places that ask for the lifetime of a network. */
function lifetimeConditions(root) {
  return conditionsOn(root, LIFETIMES);
}

function conditionsOn(root, fields) {
  return filesOf(root)
    .filter((file) => file.startsWith('src/network/') && !DECIDING.some((room) => file.startsWith(room)))
    .flatMap((file) => conditionsIn(root, file, fields));
}

function conditionsIn(root, file, fields) {
  const source = ts.createSourceFile(
    file,
    fs.readFileSync(path.join(root, file), 'utf8'),
    ts.ScriptTarget.Latest,
    true,
  );
  const found = new Map();
  const note = (node) => {
    if (!asksFor(node, fields)) return;
    const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1;
    // A condition with several parts counts once.
    found.set(line, `${file}:${line} ${node.getText().replace(/\s+/g, ' ').slice(0, 100)}`);
  };
  const visit = (node) => {
    for (const condition of conditionsOf(node)) note(condition);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return [...found.values()];
}

/** The condition that a node branches on. */
function conditionsOf(node) {
  if (ts.isIfStatement(node) || ts.isSwitchStatement(node)) return [node.expression];
  if (ts.isConditionalExpression(node)) return [node.condition];
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken)
    return [node.operand];
  // A look-up in a table, TABLE[layout.routed].
  if (ts.isElementAccessExpression(node)) return [node.argumentExpression];
  return ts.isBinaryExpression(node) && BRANCHING.has(node.operatorToken.kind) ? [node.left] : [];
}

const BRANCHING = new Set([
  ts.SyntaxKind.AmpersandAmpersandToken,
  ts.SyntaxKind.BarBarToken,
  ts.SyntaxKind.QuestionQuestionToken,
  ts.SyntaxKind.EqualsEqualsEqualsToken,
  ts.SyntaxKind.ExclamationEqualsEqualsToken,
]);

function asksFor(node, fields) {
  if (ts.isIdentifier(node)) return fields.has(node.text);
  if (ts.isPropertyAccessExpression(node))
    return fields.has(node.name.text) || asksFor(node.expression, fields);
  if (ts.isPrefixUnaryExpression(node)) return asksFor(node.operand, fields);
  if (ts.isParenthesizedExpression(node)) return asksFor(node.expression, fields);
  if (ts.isBinaryExpression(node)) return asksFor(node.left, fields) || asksFor(node.right, fields);
  return false;
}

module.exports = { conditions, lifetimeConditions };

if (require.main === module) {
  const root = path.join(__dirname, '../..');
  for (const [what, found] of [
    ['kind', conditions(root)],
    ['lifetime', lifetimeConditions(root)],
  ]) {
    for (const place of found) console.log(place);
    console.log(`${found.length} conditions on the ${what} of a network`);
  }
}

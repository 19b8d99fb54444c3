'use strict';
// Counts the conditions on the kind of a network: only drivers should ask. Run it to see where they are.
const fs = require('node:fs');
const path = require('node:path');
const ts = require('typescript');
const { filesOf } = require('./imports');

/** The fields of a layout or a specification that distinguish the kinds of networks. */
const KINDS = new Set(['macvlan', 'openvswitch', 'routed', 'vxlan', 'parent', 'child']);
/** The files that decide the components of a network. */
const DECIDING = ['src/network/drivers/', 'src/network/spec/'];

/** The places that ask for the kind of a network, as 'file:line text'. */
function conditions(root) {
  return filesOf(root)
    .filter((file) => file.startsWith('src/network/') && !DECIDING.some((room) => file.startsWith(room)))
    .flatMap((file) => conditionsIn(root, file));
}

function conditionsIn(root, file) {
  const source = ts.createSourceFile(
    file,
    fs.readFileSync(path.join(root, file), 'utf8'),
    ts.ScriptTarget.Latest,
    true,
  );
  const found = new Map();
  const note = (node) => {
    if (!asksForKind(node)) return;
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
  if (!ts.isBinaryExpression(node)) return [];
  const operator = node.operatorToken.kind;
  if (operator === ts.SyntaxKind.AmpersandAmpersandToken || operator === ts.SyntaxKind.BarBarToken)
    return [node.left];
  const isComparison =
    operator === ts.SyntaxKind.EqualsEqualsEqualsToken ||
    operator === ts.SyntaxKind.ExclamationEqualsEqualsToken;
  return isComparison ? [node.left] : [];
}

function asksForKind(node) {
  if (ts.isIdentifier(node)) return KINDS.has(node.text);
  if (ts.isPropertyAccessExpression(node)) return KINDS.has(node.name.text) || asksForKind(node.expression);
  if (ts.isPrefixUnaryExpression(node)) return asksForKind(node.operand);
  if (ts.isParenthesizedExpression(node)) return asksForKind(node.expression);
  if (ts.isBinaryExpression(node)) return asksForKind(node.left) || asksForKind(node.right);
  return false;
}

module.exports = { conditions };

if (require.main === module) {
  const found = conditions(path.join(__dirname, '../..'));
  for (const place of found) console.log(place);
  console.log(`${found.length} conditions`);
}

'use strict';
// The import graph of src/: types and lazy loads count as well.
const fs = require('node:fs');
const path = require('node:path');
const ts = require('typescript');

/** The sources below src/, as paths from the root. */
function filesOf(root, directory = 'src') {
  return fs
    .readdirSync(path.join(root, directory), { withFileTypes: true })
    .flatMap((entry) => {
      const file = path.posix.join(directory, entry.name);
      if (entry.isDirectory()) return filesOf(root, file);
      return file.endsWith('.ts') ? [file] : [];
    })
    .sort();
}

/** The files that each file imports. */
function importsOf(root) {
  const files = new Set(filesOf(root));
  const imports = new Map();
  for (const file of files) {
    const text = fs.readFileSync(path.join(root, file), 'utf8');
    // JavaScript's require and import calls count: lazy loads use them in the middle of a call.
    const { importedFiles } = ts.preProcessFile(text, true, true);
    const targets = importedFiles.map(({ fileName }) => resolve(files, file, fileName));
    imports.set(file, new Set(targets.filter((target) => target !== undefined)));
  }
  return imports;
}

function resolve(files, from, specifier) {
  if (!specifier.startsWith('.')) return undefined;
  const target = path.posix.join(path.posix.dirname(from), specifier);
  return [`${target}.ts`, `${target}/index.ts`].find((file) => files.has(file));
}

/** The room of a file: its folder below src/, '.' for src/ itself. */
function roomOf(file) {
  return path.posix.relative('src', path.posix.dirname(file)) || '.';
}

/** The strongly connected components with more than one node (Tarjan's algorithm). */
function circles(graph) {
  const found = [];
  const index = new Map();
  const low = new Map();
  const open = [];
  const visit = (node) => {
    index.set(node, index.size);
    low.set(node, index.get(node));
    open.push(node);
    for (const next of graph.get(node) ?? []) {
      if (!index.has(next)) visit(next);
      if (open.includes(next)) low.set(node, Math.min(low.get(node), low.get(next)));
    }
    if (low.get(node) !== index.get(node)) return;
    const circle = open.splice(open.indexOf(node));
    if (circle.length > 1) found.push(circle.sort());
  };
  for (const node of graph.keys()) if (!index.has(node)) visit(node);
  return found;
}

module.exports = { circles, filesOf, importsOf, roomOf };

'use strict';
// Bundles the compiled modules for the package: one script for all entry points, since they share state, and
// for each entry point a file that exports its part of the script.
const fs = require('node:fs');
const path = require('node:path');
const commonjs = require('@rollup/plugin-commonjs');
const { rollup } = require('rollup');

const root = path.join(__dirname, '..');
const modules = path.join(root, 'dist-modules');
const dist = path.join(root, 'dist');
const ENTRY_POINTS = ['index', 'testing/index', 'testing/jest-environment', 'cli/main'];
/** The module that the script exports; it has no file. */
const LIBRARY = path.join(modules, 'library.js');

/** Rollup's input: the library, and the compiled modules with their source maps. */
const reader = {
  name: 'reader',
  resolveId: (id) => (id === LIBRARY ? id : null),
  load(id) {
    if (id === LIBRARY) return librarySource();
    if (!fs.existsSync(`${id}.map`)) return null; // Rollup's own.
    return { code: fs.readFileSync(id, 'utf8'), map: JSON.parse(fs.readFileSync(`${id}.map`, 'utf8')) };
  },
};

function librarySource() {
  // Each entry point is evaluated on first access: the command line runs as soon as it is evaluated.
  const getters = ENTRY_POINTS.map((entry) => `get '${entry}'() { return require('./${entry}.js'); }`);
  return `module.exports = { ${getters.join(', ')} };`;
}

async function writeLibrary() {
  const isOurs = (id) => id.startsWith('.') || path.isAbsolute(id);
  const bundle = await rollup({
    input: LIBRARY,
    // Modules run at their first require, as separate files do, and require foreign modules only then.
    plugins: [reader, commonjs({ strictRequires: true, ignore: (id) => !isOurs(id) })],
    treeshake: false,
    onwarn(warning) {
      if (warning.code !== 'CIRCULAR_DEPENDENCY') throw new Error(warning.message);
    },
  });
  await bundle.write({
    file: path.join(dist, 'netloom.js'),
    format: 'cjs',
    exports: 'default',
    sourcemap: true,
  });
}

/** The loader evaluates the library, so it cannot be part of the bundle. */
function writeLoader() {
  for (const file of ['code-cache.js', 'code-cache.js.map'])
    fs.copyFileSync(path.join(modules, file), path.join(dist, file));
  const evaluated = `require('./code-cache.js').evaluate(require.resolve('./netloom.js'))`;
  fs.writeFileSync(path.join(dist, 'library.js'), `'use strict';\nmodule.exports = ${evaluated};\n`);
}

function writeEntryPoint(entry) {
  const library = '../'.repeat(entry.split('/').length - 1) || './';
  const lines = ["'use strict';", `module.exports = require('${library}library.js')['${entry}'];`];
  const isProgram = entry.startsWith('cli/');
  if (isProgram) lines.unshift('#!/usr/bin/env node');
  else if (path.basename(entry) === 'index') lines.push(namesOf(entry));
  fs.writeFileSync(path.join(dist, `${entry}.js`), `${lines.join('\n')}\n`, {
    mode: isProgram ? 0o755 : 0o644,
  });
}

/** Never run: Node finds the names for an `import { … }` of the package in the text of the file. */
function namesOf(entry) {
  const names = Object.keys(require(path.join(modules, entry)));
  return `0 && (module.exports = { ${names.join(', ')} });`;
}

async function main() {
  await writeLibrary();
  writeLoader();
  ENTRY_POINTS.forEach(writeEntryPoint);
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});

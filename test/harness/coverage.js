'use strict';
// How much of some scripts V8 has seen run, from the files that NODE_V8_COVERAGE leaves, by lines.
const fs = require('node:fs');
const path = require('node:path');
const { fileURLToPath } = require('node:url');

/** Marks what ran: V8's ranges are nested, the inner ones stand behind the outer ones. */
function mark(ran, functions) {
  const here = new Uint8Array(ran.length).fill(1);
  for (const { ranges } of functions) {
    for (const { startOffset, endOffset, count } of ranges)
      here.fill(count > 0 ? 1 : 0, startOffset, endOffset);
  }
  here.forEach((once, at) => (ran[at] |= once));
}

/** [{ file, lines, covered, missing: numbers of lines }] of every script below `folder`. */
function coverageOf(directory, folder) {
  const ran = new Map();
  for (const name of fs.readdirSync(directory).filter((file) => file.endsWith('.json'))) {
    const { result } = JSON.parse(fs.readFileSync(path.join(directory, name), 'utf8'));
    for (const { url, functions } of result) {
      const file = url.startsWith('file:') ? fileURLToPath(url) : url;
      if (!file.startsWith(`${folder}${path.sep}`)) continue;
      if (!ran.has(file)) ran.set(file, new Uint8Array(fs.statSync(file).size));
      mark(ran.get(file), functions);
    }
  }
  return [...ran].map(([file, bytes]) => linesOf(file, bytes));
}

/** A line counts if there is code in it, and is covered if all of that ran. */
function linesOf(file, ran) {
  let at = 0;
  let lines = 0;
  const missing = [];
  for (const [index, line] of fs.readFileSync(file, 'utf8').split('\n').entries()) {
    const code = line.replace(/\/\/.*|^\s*\/?\*.*/, '').trim();
    if (!/^[\s{}()[\];,]*$/.test(code)) {
      lines++;
      const start = at + line.indexOf(code);
      if (ran.subarray(start, start + code.length).includes(0)) missing.push(index + 1);
    }
    at += line.length + 1;
  }
  return { file: path.basename(file), lines, covered: lines - missing.length, missing };
}

module.exports = { coverageOf };

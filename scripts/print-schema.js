'use strict';
// Prints the addon's attribute tables as docs/attributes.md; with --check only compares, and fails if it is out of date.
const fs = require('node:fs');
const path = require('node:path');
const prettier = require('prettier');
const { root } = require('./setup');

const ACCESS = { both: '', reply: 'read only', request: 'write only' };

function remarks(row) {
  const parts = [];
  if (row.kind === 'str' && row.arg > 0) parts.push(`at most ${row.arg} bytes`);
  if (row.kind === 'bytes' && row.arg > 0) parts.push(`exactly ${row.arg} bytes`);
  if (row.nest !== undefined) parts.push(`see [${row.nest}](#${anchor(row.nest)})`);
  if (row.variants !== undefined) {
    const tables = Object.entries(row.variants).map(
      ([name, table]) => `${name}: [${table}](#${anchor(table)})`,
    );
    parts.push(`by \`${row.selector}\`: ${tables.join(', ')}`);
  }
  if (row.names !== undefined) {
    const names = Object.keys(row.names.values).map((name) => `\`${name}\``);
    parts.push(`${row.names.bitmask ? 'any of' : 'one of'} ${names.join(', ')}, or a number`);
  }
  if (ACCESS[row.access] !== '') parts.push(ACCESS[row.access]);
  return parts.join('; ');
}

const anchor = (name) => name.toLowerCase().replace(/[^a-z0-9 -]/g, '');

function rows(title, list) {
  if (list.length === 0) return [];
  return [
    `| ${title} | number | kind | |`,
    '| --- | --- | --- | --- |',
    ...list.map((row) => `| \`${row.key || '(inline)'}\` | ${row.type} | ${row.kind} | ${remarks(row)} |`),
    '',
  ];
}

function print(schema) {
  const lines = [
    '# Attribute tables',
    '',
    'Generated from the addon by `npm run docs`. For a key of a header, the number is its offset. 64-bit numbers are bigint,',
    'addresses are strings, bytes are Uint8Array.',
    '',
    '| family | table | identified by |',
    '| --- | --- | --- |',
    ...Object.entries(schema.families).map(
      ([name, family]) =>
        `| ${name} | [${family.table}](#${anchor(family.table)}) | ${family.identity.join(', ')} |`,
    ),
    '',
  ];
  const outermost = Object.values(schema.families).map((family) => family.table);
  for (const name of new Set([...outermost, ...Object.keys(schema.tables).sort()])) {
    const { header, attrs } = schema.tables[name];
    // Skipped rows (padding) have no key.
    const keyed = attrs.filter((row) => row.kind !== 'skip');
    lines.push(`## ${name}`, '', ...rows('header', header), ...rows('attribute', keyed));
  }
  return prettier.format(lines.join('\n'), { parser: 'markdown', proseWrap: 'preserve' });
}

async function main() {
  const { loadBinding } = require(path.join(root, 'dist-modules/native/load.js'));
  const text = await print(loadBinding().schema());
  const file = path.join(root, 'docs/attributes.md');
  if (!process.argv.includes('--check')) {
    fs.writeFileSync(file, text);
  } else if (!fs.existsSync(file) || fs.readFileSync(file, 'utf8') !== text) {
    console.error('docs/attributes.md differs from the tables: run npm run docs');
    process.exitCode = 1;
  }
}

main();

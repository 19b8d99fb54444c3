'use strict';
const Table = require('cli-table3');

/** Rows of objects with the same keys, numbers to the right, and a row of sums beneath. */
function printTable(title, rows) {
  if (rows.length === 0) return;
  const [name, ...keys] = Object.keys(rows[0]);
  const table = new Table({
    head: [name, ...keys],
    colAligns: ['left', ...keys.map(() => 'right')],
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows) table.push([row[name], ...keys.map((key) => row[key])]);
  table.push(['all', ...keys.map((key) => rows.reduce((sum, row) => sum + row[key], 0))]);
  console.log(`\n${title}\n${table.toString()}`);
}

module.exports = { printTable };

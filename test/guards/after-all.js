'use strict';
// The firewall is judged once, by nft itself.
const { execFileSync } = require('node:child_process');
const { leftoversBeyond } = require('./state');

module.exports = async () => {
  const found = await leftoversBeyond([]);
  const tables = execFileSync('nft', ['list', 'tables'], { encoding: 'utf8' }).trim();
  if (tables !== '') found.push(...tables.split('\n'));
  if (found.length > 0) throw new Error(`The kernel tests left behind:\n  ${found.join('\n  ')}`);
};

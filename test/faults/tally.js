'use strict';
// What became of the faults of one operation: numbers for the table, and findings, which are told at once.
const { isKill, nameOf } = require('./kinds');

const OUTCOMES = ['clean', 'survived', 'killed', 'missed', 'leak', 'hang', 'unrepeatable', 'crash'];
const BAD = ['leak', 'hang', 'unrepeatable', 'crash'];

class Tally {
  row;
  findings = [];

  constructor(operation) {
    this.operation = operation;
    this.row = { operation, faults: 0, hits: 0, kills: 0 };
    for (const outcome of OUTCOMES) this.row[outcome] = 0;
    this.row['not reached'] = 0;
  }

  get bad() {
    return BAD.reduce((sum, outcome) => sum + this.row[outcome], 0);
  }

  count({ fault, outcome, detail, where, error }) {
    this.row.faults++;
    if (outcome !== 'missed' && outcome !== 'spoilt') this.row.hits++;
    if (isKill(fault) && outcome !== 'missed') this.row.kills++;
    this.row[outcome === 'spoilt' ? 'crash' : outcome]++;
    if (detail) this.find([fault], outcome, detail, where, error);
  }

  find(faults, outcome, detail, where, error) {
    const names = faults.map(nameOf);
    this.findings.push({ operation: this.operation, faults: names, outcome, detail, where, error });
    const at =
      names.length === 1 ? names[0] : names.length === 0 ? 'by itself' : `one of ${names.length} faults`;
    console.log(`\n${outcome.toUpperCase()} ${this.operation}: ${at}${where ? ` (${where})` : ''}`);
    if (error !== undefined) console.log(`  the call said: ${error.split('\n')[0]}`);
    for (const line of detail.slice(0, 12)) console.log(`  ${line.slice(0, 400)}`);
    if (detail.length > 12) console.log(`  and ${detail.length - 12} more`);
    if (faults.length === 1)
      console.log(`  npm run test:faults -- --operation '${this.operation}' --fault '${names[0]}'`);
  }
}

module.exports = { Tally };

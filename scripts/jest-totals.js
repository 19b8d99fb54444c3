'use strict';
// Hands the numbers of one jest run to scripts/test.js, which adds them up.
const fs = require('node:fs');

module.exports = class Totals {
  onRunComplete(_contexts, results) {
    const file = process.env.NETLOOM_TOTALS;
    if (file === undefined) return;
    const totals = {
      passed: results.numPassedTests,
      // A file that could not run, or that left something behind, counts as one failed test.
      failed: results.numFailedTests + results.numRuntimeErrorTestSuites,
      skipped: results.numPendingTests + results.numTodoTests,
    };
    fs.writeFileSync(file, JSON.stringify(totals));
  }
};

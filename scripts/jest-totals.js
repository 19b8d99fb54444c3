'use strict';
// Passes the totals of one jest run to scripts/test.js, which adds them up.
const fs = require('node:fs');

/** The tutorial lines with passed tests in test/scenarios: a test's name begins with its line's number. */
function scenarioLines(files) {
  const tests = files
    .filter(({ testFilePath }) => testFilePath.includes('/test/scenarios/'))
    .flatMap(({ testResults }) => testResults);
  const numbers = (status) =>
    tests.filter((test) => test.status === status).map(({ title }) => /^\d+\.\d+/.exec(title)?.[0]);
  const failed = new Set(numbers('failed'));
  return [...new Set(numbers('passed'))].filter((number) => number !== undefined && !failed.has(number));
}

module.exports = class Totals {
  onRunComplete(_contexts, results) {
    const file = process.env.NETLOOM_TOTALS;
    if (file === undefined) return;
    const totals = {
      passed: results.numPassedTests,
      // A file that could not run, or that left something behind, counts as one failed test.
      failed: results.numFailedTests + results.numRuntimeErrorTestSuites,
      skipped: results.numPendingTests + results.numTodoTests,
      lines: scenarioLines(results.testResults),
    };
    fs.writeFileSync(file, JSON.stringify(totals));
  }
};

'use strict';
// Jest's Node environment with one more rule: a file fails if it leaves anything behind. An `afterAll` of a set-up file
// would run before the file's own, so the check waits for the end of the whole run of the file.
const { TestEnvironment } = require('jest-environment-node');
const { leftovers, leftoversBeyond } = require('./state');

module.exports = class KernelEnvironment extends TestEnvironment {
  // What an earlier file left has failed that file already.
  #before = leftovers();

  constructor(config, context) {
    // The sanitizer's runtime is for Node alone: it finds faults in the tools that tests start.
    delete process.env.LD_PRELOAD;
    super(config, context);
  }

  async handleTestEvent(event, state) {
    if (event.name !== 'run_finish') return;
    const found = await leftoversBeyond(this.#before);
    // Beside the results of the tests, which may well say why.
    if (found.length > 0)
      state.unhandledErrors.push(new Error(`The file left behind:\n  ${found.join('\n  ')}`));
  }
};

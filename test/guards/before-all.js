'use strict';
// Kernel tests change links, routes and rules: they start only in the scratch host that scripts/test.js makes.
const { leftoversBeyond } = require('./state');

module.exports = async () => {
  if (process.env.NETLOOM_SCRATCH_HOST !== '1') {
    throw new Error(
      'Kernel tests run in a namespace of their own: start them by `npm run test:kernel -- [jest arguments]`.',
    );
  }
  const found = await leftoversBeyond([]);
  if (found.length > 0) throw new Error(`The scratch host is not empty:\n  ${found.join('\n  ')}`);
};

'use strict';
// Writes the corpus in the form that the native fuzzers take. Needs a scratch host.
const { corpus, schema } = require('./corpus');
const { seeds, writeSeeds } = require('./native');

void corpus().then((messages) => {
  writeSeeds(seeds(messages, Object.keys(schema.families)));
  process.exit();
});

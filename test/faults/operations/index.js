'use strict';
// What is injected. An operation has:
//   run       the call in question; what it answers goes to `undo`, which brings back what was before
//   removes   true if it takes away what `each` makes: after a failure part of it may be gone, and the repeat must finish
//   prepare   once, before all        each      before each run        finish  once, after all: everything can be removed
//   reconsider  before the repeat of what was refused: what a caller has to do who is told that it may have been done
//   recover   in a fresh process, when the one that ran was killed and gc() has run: removes what rightly stays
const operations = {
  ...require('./namespaces'),
  ...require('./networks'),
  ...require('./endpoints'),
  ...require('./ports'),
  ...require('./lan'),
  ...require('./others'),
};

module.exports = { operations };

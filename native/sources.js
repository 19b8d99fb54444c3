'use strict';
// Prints the addon's C++ sources for binding.gyp, which has no glob of its own. The tests under native/test are not among them.
const fs = require('node:fs');
const path = require('node:path');

const sources = fs
  .readdirSync(__dirname, { recursive: true })
  .filter((file) => file.endsWith('.cc') && !file.startsWith(`test${path.sep}`))
  .sort()
  .map((file) => path.posix.join('native', file));
process.stdout.write(sources.join('\n'));

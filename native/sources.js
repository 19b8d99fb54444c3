'use strict';
// Prints the addon's C++ sources for binding.gyp, which has no glob of its own. The tests under native/test and
// the launcher, an executable by itself, are not among them.
const fs = require('node:fs');
const path = require('node:path');

const sources = fs
  .readdirSync(__dirname, { recursive: true })
  .filter((file) => file.endsWith('.cc') && !/^(test|launcher)\//.test(file))
  .sort()
  .map((file) => path.posix.join('native', file));
process.stdout.write(sources.join('\n'));

'use strict';
// Writes the code cache of the built library for the current Node.js: the last step of a build, and of an installation.
const fs = require('node:fs');
const path = require('node:path');

const library = path.join(__dirname, '../dist/netloom.js');

// Dependencies of a checkout are installed before it is built.
if (fs.existsSync(library)) require('../dist/code-cache.js').writeCodeCache(library);

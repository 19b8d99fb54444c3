'use strict';
const path = require('node:path');

/** A module of src/ as it was built, not the script that is made of all of them. */
module.exports = (name) => require(path.join(__dirname, '../../dist-modules', name));

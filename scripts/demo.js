'use strict';
// `npm run demo`: set-up, then examples/demo.ts. Root runs it as it stands, since the demo builds its own scratch host; a
// plain user gets the privilege from a user namespace.
const { spawnSync } = require('node:child_process');
const path = require('node:path');
const { root, run, setup } = require('./setup');

setup({ forTests: false });
run('npx', ['--no', 'tsc', '--', '-p', 'examples']);
const command = [process.execPath, path.join(root, 'dist-examples/demo.js'), ...process.argv.slice(2)];
if (process.getuid() !== 0) command.unshift(path.join(__dirname, 'scratch-host.sh'));
const child = spawnSync(command[0], command.slice(1), { stdio: 'inherit' });
process.exitCode = child.status ?? 1;

'use strict';
// `npm run example -- NAME [arguments]`: set-up, then examples/NAME.ts; `npm run demo` is the example demo. Root runs the
// example directly, since the examples build their own scratch hosts; a plain user gets the privilege from a user namespace.
const { spawnSync } = require('node:child_process');
const path = require('node:path');
const { root, run, setup } = require('./setup');

const [name = 'demo', ...args] = process.argv.slice(2);
setup({ forTests: false });
run('npx', ['--no', 'tsc', '--', '-p', 'examples']);
const command = [process.execPath, path.join(root, 'dist-examples', `${name}.js`), ...args];
if (process.getuid() !== 0) command.unshift(path.join(__dirname, 'scratch-host.sh'));
const child = spawnSync(command[0], command.slice(1), { stdio: 'inherit' });
process.exitCode = child.status ?? 1;

'use strict';
// `npm run bench [-- --quick]`: set-up, compilation, then bench/main.ts.
const { spawnSync } = require('node:child_process');
const path = require('node:path');
const { root, run, setup } = require('./setup');

setup({ forTests: false });
run('make', ['--silent', '-C', 'bench', 'floors', 'judge']);
run('npx', ['--no', 'tsc', '--', '-p', 'bench']);
const command = [process.execPath, path.join(root, 'dist-bench/main.js'), ...process.argv.slice(2)];
const child = spawnSync(command[0], command.slice(1), { cwd: root, stdio: 'inherit' });
process.exitCode = child.status ?? 1;

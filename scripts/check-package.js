'use strict';
// Packs the package and uses it as a new user would: installed into an empty directory without scripts and without a
// compiler, then loaded by require and by import, and again after its script has run. Its declarations compile strictly there,
// with skipLibCheck off. publint and attw check the same tarball.
const { execFileSync, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { root, run } = require('./setup');

const PEERS = ['@types/node', 'jest-environment-node', 'undici'];
const room = fs.mkdtempSync(path.join(os.tmpdir(), 'netloom-package-'));

function pack() {
  run('npm', ['pack', '--silent', '--pack-destination', room]);
  const [tarball] = fs.readdirSync(room);
  return path.join(room, tarball);
}

/** A directory with node and npm only, used as the whole PATH. */
function bareTools() {
  const directory = path.join(room, 'bin');
  fs.mkdirSync(directory);
  for (const tool of ['node', 'npm', 'sh']) {
    const found = execFileSync('sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' }).trim();
    fs.symlinkSync(fs.realpathSync(found), path.join(directory, tool));
  }
  return directory;
}

function useAsStranger(tarball) {
  const cwd = path.join(room, 'stranger');
  fs.mkdirSync(cwd);
  fs.writeFileSync(path.join(cwd, 'package.json'), '{ "private": true }');
  const here = { cwd, encoding: 'utf8', env: { HOME: process.env.HOME, PATH: bareTools() } };
  execFileSync(
    'npm',
    ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', tarball],
    here,
  );
  // Node itself adds these to an import of a CommonJS package; versions differ.
  const print = `const added = ['default', '__esModule', 'module.exports'];
    console.log(Object.keys(netloom).filter((name) => !added.includes(name)).sort().join(' '))`;
  const load = (...args) => execFileSync('node', args, here).trim();
  const required = load('-e', `const netloom = require('netloom'); ${print}`);
  const imported = load('--input-type=module', '-e', `import * as netloom from 'netloom'; ${print}`);
  if (!required.includes('NetworkNamespace')) throw new Error(`require('netloom') gives only: ${required}`);
  if (imported !== required) throw new Error(`import gives ${imported}\nrequire gives ${required}`);
  const installed = path.join(cwd, 'node_modules/netloom');
  const prebuilt = path.join(installed, 'prebuilds', `linux-${process.arch}`);
  const { status, stderr } = spawnSync(path.join(prebuilt, 'launcher'), { encoding: 'utf8' });
  if (status !== 125) throw new Error(`The launcher does not run: ${status} ${stderr}`);
  const code = path.join(installed, 'dist/netloom.code');
  if (fs.existsSync(code))
    throw new Error('The package contains code that was compiled for one version of Node.js');
  execFileSync('npm', ['rebuild', 'netloom'], here);
  if (!fs.existsSync(code)) throw new Error('The install script created no compiled code');
  const compiled = load('-e', `const netloom = require('netloom'); ${print}`);
  if (compiled !== required) throw new Error(`compiled code gives ${compiled}\nrequire gives ${required}`);
  console.log(`Loaded by require and by import: ${required}`);
  compileAgainst(cwd);
}

/** Compiles a program that imports all entry points, and reads every declaration file that they lead to. */
function compileAgainst(cwd) {
  const program = `import * as netloom from 'netloom';
    import * as testing from 'netloom/testing';
    import Environment from 'netloom/jest-environment';
    void [netloom, testing, Environment];`;
  fs.writeFileSync(path.join(cwd, 'program.mts'), program);
  // Those that a TypeScript program on Node.js has, and the peer that one entry point needs.
  for (const name of PEERS) {
    const place = path.join(cwd, 'node_modules', name);
    fs.mkdirSync(path.dirname(place), { recursive: true });
    if (!fs.existsSync(place)) fs.symlinkSync(path.join(root, 'node_modules', name), place);
  }
  const options = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--skipLibCheck', 'false'];
  const language = [
    '--module',
    'node20',
    '--target',
    'es2022',
    '--lib',
    'es2023,esnext.disposable',
    '--types',
    'node',
  ];
  execFileSync('node', [require.resolve('typescript/bin/tsc'), ...options, ...language, 'program.mts'], {
    cwd,
    stdio: 'inherit',
  });
  console.log('The declarations compile with skipLibCheck off');
}

try {
  if (!fs.existsSync(path.join(root, 'prebuilds')))
    throw new Error('The prebuilds are missing: run npm run prebuilds');
  const tarball = pack();
  run('npx', ['--no', 'publint', '--', 'run', tarball, '--strict']);
  // Entry points beside the main one need a resolver that reads `exports`, which every supported Node.js has.
  run('npx', ['--no', 'attw', '--', '--profile', 'node16', tarball]);
  useAsStranger(tarball);
} finally {
  fs.rmSync(room, { recursive: true, force: true });
}

'use strict';
// The developers' builds, through cmake-js: each configuration has its own directory under out/.
const { execFileSync } = require('node:child_process');
const os = require('node:os');
const path = require('node:path');
const { root, run } = require('./setup');

const SANITIZERS = {
  asan: {
    flags: 'address;undefined',
    library: 'libasan.so',
    // Node itself frees nothing at exit, so the tests count leaks themselves.
    env: { ASAN_OPTIONS: 'detect_leaks=0', UBSAN_OPTIONS: 'halt_on_error=1:print_stacktrace=1' },
    personality: [],
  },
  tsan: {
    flags: 'thread',
    library: 'libtsan.so',
    // Node is not instrumented: its own locks and hand-overs would look like races.
    env: { TSAN_OPTIONS: 'ignore_noninstrumented_modules=1' },
    // The sanitizer's shadow memory does not fit under the address randomisation of recent kernels.
    personality: ['setarch', '-R'],
  },
};

function cmake(name, ...args) {
  const sanitize = SANITIZERS[name] === undefined ? [] : [`--CDSANITIZE=${SANITIZERS[name].flags}`];
  const where = ['-d', 'native', '-O', `out/${name}/build`, '-B', 'Debug'];
  const how = ['--log-level', 'warn', '--parallel', String(os.availableParallelism())];
  run('npx', ['--no', 'cmake-js', '--', ...where, ...how, ...sanitize, ...args]);
}

/** Writes out/dev/build/compile_commands.json, which clangd and clang-tidy read. */
function configure() {
  cmake('dev', 'configure');
  return path.join(root, 'out/dev/build');
}

/** Builds the C++ tests and, for a sanitizer, the addon. Returns the directory with both. */
function buildForTests(name) {
  cmake(name, 'build', ...(name in SANITIZERS ? [] : ['--target', 'cpp_tests']));
  return path.join(root, 'out', name, 'build/Debug');
}

/**
 * The prefix of a command that runs under a sanitizer. Node loads the addon late, so the sanitizer's runtime must be
 * preloaded. NETLOOM_SANITIZER passes the runtime's path to the tests, for the Node processes that they start.
 */
function sanitizer(name) {
  const { library, env, personality } = SANITIZERS[name];
  const runtime = execFileSync('g++', [`-print-file-name=${library}`], { encoding: 'utf8' }).trim();
  const options = Object.entries(env).map(([key, value]) => `${key}=${value}`);
  const prefix = [...personality, 'env', ...options];
  const addon = `NETLOOM_PREBUILD=${path.join(root, 'out', name)}`;
  return { prefix, nodePrefix: [...prefix, addon, `NETLOOM_SANITIZER=${runtime}`, `LD_PRELOAD=${runtime}`] };
}

module.exports = { SANITIZERS, buildForTests, configure, sanitizer };

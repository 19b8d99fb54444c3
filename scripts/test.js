'use strict';
// `npm test [-- jest arguments]`: set-up, then the suites in turn, and one line of totals.
//   --only unit|cpp|kernel|scenarios     one of the four (may be repeated)
//   --sanitize asan|tsan                 the tests of the addon against an instrumented build of it
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { buildForTests, sanitizer, SANITIZERS } = require('./cmake');
const { root, setup } = require('./setup');

const options = {
  only: { type: 'string', multiple: true },
  sanitize: { type: 'string' },
};
const SUITES = ['unit', 'cpp', 'kernel', 'scenarios'];
/** Suites that change the kernel's state. */
const IN_SCRATCH_HOST = ['kernel', 'scenarios'];
/** A run that hangs is killed, and counts as failed. */
const LONGEST_MS = 45 * 60_000;

/** This script's own options; all others are passed to jest unchanged. */
function split(argv) {
  const own = [];
  const forJest = [];
  for (let i = 0; i < argv.length; i++) {
    const name = /^--(\w+)/.exec(argv[i])?.[1];
    if (name === undefined || !(name in options)) forJest.push(argv[i]);
    else own.push(argv[i].includes('=') ? argv[i] : `${argv[i]}=${argv[++i]}`);
  }
  return { ...parseArgs({ args: own, options }).values, forJest };
}

/** Runs one jest project; `prefix` precedes `node` in the command. */
function jest(project, args, prefix = []) {
  const totals = path.join(os.tmpdir(), `netloom-totals-${process.pid}.json`);
  fs.rmSync(totals, { force: true });
  const command = [
    ...(IN_SCRATCH_HOST.includes(project) ? [path.join(__dirname, 'scratch-host.sh')] : []),
    ...[...prefix, process.execPath, require.resolve('jest/bin/jest')],
    ...['--selectProjects', project, '--runInBand', '--passWithNoTests', ...args],
  ];
  const child = spawnSync(command[0], command.slice(1), {
    cwd: root,
    stdio: 'inherit',
    timeout: LONGEST_MS,
    env: { ...process.env, NETLOOM_TOTALS: totals },
  });
  const counts = fs.existsSync(totals)
    ? JSON.parse(fs.readFileSync(totals, 'utf8'))
    : { passed: 0, failed: 0, skipped: 0, lines: [] };
  fs.rmSync(totals, { force: true });
  // Killed, or failed outside of any test.
  if (child.status !== 0 && counts.failed === 0) counts.failed = 1;
  return counts;
}

/** Runs the C++ tests of a build directory; each is one doctest executable. */
function cpp(directory, prefix = []) {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const file of fs.readdirSync(directory).filter((name) => name.endsWith('_test'))) {
    const command = [...prefix, path.join(directory, file), '--no-version', '--no-colors'];
    const child = spawnSync(command[0], command.slice(1), { encoding: 'utf8', timeout: LONGEST_MS });
    process.stdout.write(`${file}\n${child.stdout}${child.stderr}`);
    const line = /test cases:\s*\d+ \|\s*(\d+) passed \|\s*(\d+) failed \|\s*(\d+) skipped/.exec(
      child.stdout,
    );
    const [passed, failed, skipped] = line === null ? [0, 1, 0] : line.slice(1).map(Number);
    sum.passed += passed;
    sum.failed += child.status !== 0 && failed === 0 ? 1 : failed;
    sum.skipped += skipped;
  }
  return sum;
}

/** The wanted suites in order; a sanitizer's build serves all of them. */
function run({ only = SUITES, sanitize, forJest }) {
  const { prefix, nodePrefix } = sanitize === undefined ? {} : sanitizer(sanitize);
  // Arguments select jest's tests; the C++ tests run with arguments only if requested.
  const withCpp = only.includes('cpp') && (forJest.length === 0 || only.length < SUITES.length);
  const directory = withCpp || sanitize !== undefined ? buildForTests(sanitize ?? 'dev') : undefined;
  const counts = [];
  if (only.includes('unit')) counts.push(jest('unit', forJest, nodePrefix));
  if (withCpp) counts.push(cpp(directory, prefix));
  for (const project of IN_SCRATCH_HOST.filter((name) => only.includes(name))) {
    counts.push(jest(project, forJest, nodePrefix));
  }
  return counts;
}

/** The number of tutorial lines that the scenarios covered, and the lines that they did not. */
function reportLines(covered) {
  // A TypeScript file; only its keys are needed.
  const source = fs.readFileSync(path.join(root, 'test/scenarios/lines.ts'), 'utf8');
  const all = [...source.matchAll(/^ {2}'(\d+\.\d+)':/gm)].map(([, number]) => number);
  const missing = all.filter((number) => !covered.includes(number));
  const rest = missing.length === 0 ? '' : ` (not ${missing.join(', ')})`;
  console.log(`scenario lines covered: ${all.length - missing.length} of ${all.length}${rest}`);
}

const wanted = split(process.argv.slice(2));
if (wanted.sanitize !== undefined && !(wanted.sanitize in SANITIZERS)) {
  console.error(`--sanitize must be one of ${Object.keys(SANITIZERS).join(', ')}, got '${wanted.sanitize}'`);
  process.exit(2);
}
setup({ forTests: true });
const counts = run(wanted);
const sum = (key) => counts.reduce((total, count) => total + count[key], 0);
console.log();
if (wanted.only?.includes('scenarios') ?? true) reportLines(counts.flatMap(({ lines = [] }) => lines));
console.log(`${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`);
process.exitCode = sum('failed') > 0 || sum('passed') === 0 ? 1 : 0;

'use strict';
// `npm run test:fuzz`: every fuzzer for some time; tables of findings and of coverage, and 1 if anything was found.
//   --target NAME     only this one (may be repeated)
//   --seconds N       for each; default 60
//   --seed S          default 1
//   --least PERCENT   of the lines of each searched part must have run; default 90, 0 asks nothing
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { coverageOf } = require('../harness/coverage');
const { printTable } = require('../harness/table');
const { build, nativeCoverage, runNative, TARGETS: NATIVE } = require('./native');

const root = path.join(__dirname, '../..');
const profiles = path.join(root, 'out/fuzz/v8');
const SCRIPTS = fs.readdirSync(path.join(__dirname, 'targets')).map((file) => path.basename(file, '.js'));
/** All others are quick and many: these wait for the kernel and for processes. */
const CODEC = ['decoder', 'encoder'];

function options() {
  const { values } = parseArgs({
    options: {
      target: { type: 'string', multiple: true, default: [...SCRIPTS, ...NATIVE] },
      seconds: { type: 'string', default: '60' },
      seed: { type: 'string', default: '1' },
      least: { type: 'string', default: '90' },
    },
  });
  const unknown = values.target.find((name) => ![...SCRIPTS, ...NATIVE].includes(name));
  if (unknown !== undefined)
    throw new Error(`--target must be one of ${[...SCRIPTS, ...NATIVE].join(', ')}, got '${unknown}'`);
  return values;
}

function inScratchHost(file, ...args) {
  return spawnSync(
    path.join(root, 'scripts/scratch-host.sh'),
    [process.execPath, path.join(__dirname, file), ...args],
    {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      timeout: 1000 * (Number(args[1] ?? 0) + 60),
      killSignal: 'SIGKILL',
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, NODE_V8_COVERAGE: profiles },
    },
  );
}

function runScript(name, seconds, seed) {
  const { stdout } = inScratchHost('run.js', name, seconds, seed);
  const lines = stdout.trimEnd().split('\n');
  const last = lines.pop();
  if (lines.length > 0) console.log(lines.join('\n'));
  if (!last?.startsWith('{')) {
    console.log(`FINDING ${name}: it hung or crashed; its input is in out/fuzz/${name}.input: ${last}`);
    return { runs: 0, findings: 1 };
  }
  return JSON.parse(last);
}

/** One row for a part: how many of its lines ran. */
function covered(part, files) {
  const sum = (key) => files.reduce((total, file) => total + file[key], 0);
  const percent = Math.round((1000 * sum('covered')) / Math.max(1, sum('lines'))) / 10;
  for (const { file, missing = [] } of files)
    if (missing.length > 0) console.log(`  ${part}/${file}: not run: ${missing.slice(0, 15).join(', ')}`);
  return { part, lines: sum('lines'), covered: sum('covered'), percent };
}

function main() {
  const { target, seconds, seed, least } = options();
  fs.rmSync(profiles, { recursive: true, force: true });
  const rows = [];
  for (const name of target.filter((one) => SCRIPTS.includes(one))) {
    const { runs, findings } = runScript(name, seconds, seed);
    rows.push({ fuzzer: name, runs, findings });
  }
  const native = target.filter((one) => NATIVE.includes(one));
  if (native.length > 0) {
    build();
    inScratchHost('seeds.js');
    for (const name of native) rows.push({ fuzzer: name, ...runNative(name, seconds, seed) });
  }
  const parts = [];
  if (CODEC.every((name) => target.includes(name)))
    parts.push(covered('src/codec', coverageOf(profiles, path.join(root, 'dist-modules/codec'))));
  if (native.length === NATIVE.length) {
    const files = nativeCoverage();
    const isTable = ({ file }) => /^native\/(netlink|schema)\//.test(file);
    parts.push(covered('native/netlink, native/schema', files.filter(isTable)));
    parts.push(
      covered(
        'native/request, native/undo',
        files.filter((file) => !isTable(file)),
      ),
    );
  }
  printTable('Fuzzers', rows);
  for (const { part, lines, covered: ran, percent } of parts)
    console.log(`${part}: ${ran} of ${lines} lines ran, ${percent} %`);
  const thin = parts.filter(({ percent }) => percent < Number(least));
  for (const { part } of thin) console.log(`${part}: below ${least} %`);
  const findings = rows.reduce((sum, row) => sum + row.findings, 0);
  console.log(`${findings} findings`);
  process.exitCode = findings > 0 || thin.length > 0 ? 1 : 0;
}

main();

'use strict';
// The fuzzers of native/test: built by clang with its sanitizers, begun with the corpus, and asked which lines ran.
const { execFileSync, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { requireTools, root } = require('../../scripts/setup');

const out = path.join(root, 'out/fuzz');
const built = path.join(out, 'build/Debug');
const TARGETS = ['fuzz_reader', 'fuzz_restore', 'fuzz_writer', 'fuzz_socket'];
/** What the coverage is of. In their headers is what runs in the compiler. */
const SOURCES = /^native\/(netlink|schema|request\/object_identity|undo\/restore\w*)\b.*\.cc$/;

/** LLVM's tools of the version that clang has, under whichever name they are installed. */
function tool(name) {
  const [, major] = /version (\d+)/.exec(execFileSync('clang', ['--version'], { encoding: 'utf8' }));
  const versioned = `${name}-${major}`;
  return spawnSync(versioned, ['--version']).status === 0 ? versioned : name;
}

function build() {
  requireTools({ clang: 'clang', 'llvm-cov': 'llvm' }, { install: true });
  execFileSync('npm', ['run', '--silent', 'build:fuzz', '--', '--log-level', 'warn'], {
    cwd: root,
    stdio: 'inherit',
  });
}

const u16 = (value) => Buffer.from([value & 0xff, value >> 8]);

/** Seeds in each fuzzer's own form. `messages` is the corpus, `families` the order of the tables. */
function seeds(messages, families) {
  const number = ({ family }) => families.indexOf(family);
  return {
    fuzz_reader: messages.map((one) => Buffer.concat([Buffer.from([number(one), 40, 0, 0, 0]), one.bytes])),
    // Each message as the request for itself, and for the next one.
    fuzz_restore: messages.flatMap((one, index) =>
      [one, messages[(index + 1) % messages.length]].map((answer) =>
        Buffer.concat([
          Buffer.from([number(one), (index % 7) | (index & 1 ? 0x40 : 0)]),
          u16(one.bytes.length),
          one.bytes,
          Buffer.alloc(-one.bytes.length & 3),
          answer.bytes,
        ]),
      ),
    ),
    fuzz_writer: [Buffer.from([16, 2, 4, 0, 1, 2, 3, 4, 1, 2, 0, 5, 6, 4, 0xff, 0xff, 7])],
    fuzz_socket: [Buffer.from([0, 0, 0, 0, 1, 200, 0, 0x83, 1, 200, 2, 0, 3, 1, 4, 0, 5, 0, 6, 255])],
  };
}

function writeSeeds(all) {
  for (const [target, inputs] of Object.entries(all)) {
    const directory = path.join(out, 'corpus', target);
    fs.rmSync(directory, { recursive: true, force: true });
    fs.mkdirSync(directory, { recursive: true });
    inputs.forEach((bytes, index) => fs.writeFileSync(path.join(directory, `seed-${index}`), bytes));
  }
}

/** { runs, findings } of one fuzzer; what it says of a finding is printed, with the input that repeats it. */
function runNative(target, seconds, seed) {
  const directory = path.join(out, 'corpus', target);
  const limits = ['-max_len=4096', '-timeout=20', '-rss_limit_mb=2048', `-artifact_prefix=${out}/${target}-`];
  const { status, stderr } = spawnSync(
    path.join(built, target),
    [...limits, `-max_total_time=${seconds}`, `-seed=${seed}`, '-print_final_stats=1', directory],
    {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      env: {
        ...process.env,
        LLVM_PROFILE_FILE: path.join(out, `${target}.profraw`),
        UBSAN_OPTIONS: 'print_stacktrace=1',
      },
    },
  );
  if (status !== 0) {
    console.log(`FINDING ${target}:\n${stderr.split('\n').slice(-60).join('\n')}`);
    console.log(`  repeat: ${path.relative(root, path.join(built, target))} ${out}/${target}-*`);
  }
  const [, runs = '0'] = /number_of_executed_units: (\d+)/.exec(stderr) ?? [];
  return { runs: Number(runs), findings: status === 0 ? 0 : 1 };
}

/** [{ file, lines, covered }] by all fuzzers that ran. */
function nativeCoverage() {
  const profiles = TARGETS.map((target) => path.join(out, `${target}.profraw`)).filter((file) =>
    fs.existsSync(file),
  );
  if (profiles.length === 0) return [];
  const merged = path.join(out, 'native.profdata');
  execFileSync(tool('llvm-profdata'), ['merge', '-sparse', '-o', merged, ...profiles]);
  const objects = TARGETS.flatMap((target, index) => [
    ...(index > 0 ? ['-object'] : []),
    path.join(built, target),
  ]);
  const report = execFileSync(
    tool('llvm-cov'),
    ['export', '-summary-only', ...objects, `-instr-profile=${merged}`],
    { encoding: 'utf8', maxBuffer: 1 << 28 },
  );
  return JSON.parse(report)
    .data[0].files.map(({ filename, summary }) => ({
      file: path.relative(root, filename),
      lines: summary.lines.count,
      covered: summary.lines.covered,
    }))
    .filter(({ file }) => SOURCES.test(file));
}

module.exports = { build, nativeCoverage, runNative, seeds, TARGETS, writeSeeds };

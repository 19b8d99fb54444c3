'use strict';
// C++ checks: --format [--fix] by clang-format, --tidy by clang-tidy with the commands of the developers' build.
const { execFileSync, spawn } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { configure } = require('./cmake');
const { root } = require('./setup');

const native = path.join(root, 'native');
const files = fs.readdirSync(native, { recursive: true }).map((name) => path.join(native, name));

function format(fix) {
  const sources = files.filter((name) => /\.(cc|h)$/.test(name));
  execFileSync('clang-format', [...(fix ? ['-i'] : ['--dry-run', '-Werror']), ...sources], {
    stdio: 'inherit',
  });
}

/** Runs clang-tidy on each file, as many at once as there are processors; returns the number of files with findings. */
async function tidy() {
  const build = configure();
  const queue = files.filter((name) => name.endsWith('.cc') && !path.basename(name).startsWith('fuzz_'));
  let failed = 0;
  const worker = async () => {
    for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
      const child = spawn('clang-tidy', ['-p', build, '--quiet', file], {
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const chunks = [];
      child.stdout.on('data', (chunk) => chunks.push(chunk));
      const code = await new Promise((resolve, reject) => child.on('close', resolve).on('error', reject));
      process.stdout.write(Buffer.concat(chunks));
      if (code !== 0) failed++;
    }
  };
  await Promise.all(Array.from({ length: os.availableParallelism() }, worker));
  return failed;
}

const has = (option) => process.argv.includes(option);
if (has('--format')) format(has('--fix'));
if (has('--tidy')) tidy().then((failed) => (process.exitCode = failed > 0 ? 1 : 0));

'use strict';
// Builds the package's binaries: this machine's architecture, and arm64 if Debian's cross compiler is installed.
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { root, run } = require('./setup');

/** The newest symbol versions that a binary may require: those of RHEL 9 and Ubuntu 22.04. */
const CEILING = { GLIBC: '2.34', GLIBCXX: '3.4.29', CXXABI: '1.3.13' };

const newer = (a, b) => a.localeCompare(b, 'en', { numeric: true }) > 0;

function checkSymbols(file) {
  const symbols = execFileSync('objdump', ['-T', file], { encoding: 'utf8' });
  for (const [library, ceiling] of Object.entries(CEILING)) {
    const versions = [...symbols.matchAll(new RegExp(`\\b${library}_([\\d.]+)`, 'g'))].map(
      (match) => match[1],
    );
    const tooNew = [...new Set(versions)].filter((version) => newer(version, ceiling));
    if (tooNew.length > 0)
      throw new Error(`${file} needs ${library} ${tooNew.join(', ')}; the ceiling is ${ceiling}`);
  }
}

function prebuild(args, env = {}, strip = 'strip') {
  // The launcher is a separate executable, shipped beside the addon.
  const artifacts = path.join(root, 'build/artifacts');
  const install = `install -D -m755 -s --strip-program=${strip} build/Release/launcher ${artifacts}/launcher`;
  const extra = ['--strip-bin', strip, '--postinstall', install, '--artifacts', artifacts];
  // One N-API binary serves every Node: without a target, prebuildify asks for the newest one's headers.
  const target = process.versions.node;
  const how = ['-t', target, '--napi', '--strip', '--tag-libc', ...extra];
  run('npx', ['--no', 'prebuildify', '--', ...how, ...args], env);
}

fs.rmSync(path.join(root, 'prebuilds'), { recursive: true, force: true });
// The native build comes last, so that the objects left in build/ are this machine's.
const cross = 'aarch64-linux-gnu';
if (process.arch === 'x64' && fs.existsSync(`/usr/bin/${cross}-g++`)) {
  prebuild(['--arch', 'arm64'], { CC: `${cross}-gcc`, CXX: `${cross}-g++` }, `${cross}-strip`);
}
prebuild([]);
for (const file of fs.readdirSync(path.join(root, 'prebuilds'), { recursive: true })) {
  if (/\.node$|launcher$/.test(file)) checkSymbols(path.join(root, 'prebuilds', file));
}

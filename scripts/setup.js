'use strict';
// Prepares a fresh clone: dependencies, the addon and dist/. Only stale parts are rebuilt.
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');

/** Command or header, and the Debian package that provides it. */
const BUILD_TOOLS = { 'g++': 'g++', make: 'make', python3: 'python3' };
const TEST_TOOLS = {
  ethtool: 'ethtool',
  'ovs-vswitchd': 'openvswitch-switch',
  ip: 'iproute2',
  tc: 'iproute2',
  nft: 'nftables',
  iptables: 'iptables',
  'iptables-save': 'iptables',
  ping: 'iputils-ping',
  strace: 'strace',
  unshare: 'util-linux',
  nsenter: 'util-linux',
  setpriv: 'util-linux',
  script: 'bsdutils',
  sysctl: 'procps',
  curl: 'curl',
  openssl: 'openssl',
  dig: 'bind9-dnsutils',
  conntrack: 'conntrack',
  newuidmap: 'uidmap',
  pasta: 'passt',
  slirp4netns: 'slirp4netns',
  cmake: 'cmake',
  'doctest/doctest.h': 'doctest-dev',
};

/** Packages that start a service. The tests run their own services, and should leave none on the machine. */
const SERVICES = ['openvswitch-switch'];

/** True if the command ran and succeeded. */
function succeeds(command, args, env = {}) {
  const options = { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } };
  return spawnSync(command, args, options).status === 0;
}

/** Runs a step that all later steps need. The command itself has printed its errors. */
function run(command, args, env) {
  if (succeeds(command, args, env)) return;
  console.error(`Failed: ${[command, ...args].join(' ')}`);
  process.exit(1);
}

function has(tool) {
  if (tool.endsWith('.h')) return fs.existsSync(`/usr/include/${tool}`);
  // sbin is often missing from a plain user's PATH, although the user can run these tools.
  const directories = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'];
  return directories.some((directory) => fs.existsSync(path.join(directory, tool)));
}

/** Installs missing tools if `install` allows it and apt-get can; otherwise names each with its remedy and exits. */
function requireTools(tools, { install }) {
  const missing = () => Object.entries(tools).filter(([tool]) => !has(tool));
  if (missing().length === 0) return;
  if (install && process.getuid() === 0 && has('apt-get')) {
    const packages = [...new Set(missing().map(([, name]) => name))];
    console.log(
      `Installing ${packages.join(', ')} for ${missing()
        .map(([tool]) => tool)
        .join(', ')}.`,
    );
    const quiet = { DEBIAN_FRONTEND: 'noninteractive' };
    // apt-get prints why it fails; tools still missing are named below.
    succeeds('apt-get', ['update', '-qq'], quiet);
    succeeds('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], quiet);
    const started = packages.filter((name) => SERVICES.includes(name));
    if (started.length > 0 && fs.existsSync('/run/systemd/system'))
      succeeds('systemctl', ['disable', '--quiet', '--now', ...started]);
  }
  if (missing().length === 0) return;
  for (const [tool, name] of missing())
    console.error(`Missing: ${tool}. Install it: apt-get install ${name}`);
  process.exit(1);
}

/** The newest modification time under the given paths, in milliseconds; 0 if there are no files. */
function newest(paths, matches) {
  let time = 0;
  for (const start of paths.map((name) => path.join(root, name))) {
    const files = fs.statSync(start).isDirectory()
      ? fs.readdirSync(start, { recursive: true }).map((name) => path.join(start, name))
      : [start];
    for (const file of files.filter((name) => matches.test(name))) {
      time = Math.max(time, fs.statSync(file).mtimeMs);
    }
  }
  return time;
}

function madeBefore(output, time) {
  const stats = fs.statSync(path.join(root, output), { throwIfNoEntry: false });
  return stats === undefined || stats.mtimeMs < time;
}

/** True if the installation differs from the lock file. Times are no use: git and npm both touch the lock file. */
function dependenciesStale() {
  const read = (file) => JSON.parse(fs.readFileSync(path.join(root, file), 'utf8')).packages;
  if (!fs.existsSync(path.join(root, 'node_modules/.package-lock.json'))) return true;
  const installed = read('node_modules/.package-lock.json');
  return Object.entries(read('package-lock.json')).some(
    ([where, { version, optional }]) => where !== '' && !optional && installed[where]?.version !== version,
  );
}

function installDependencies() {
  // Without scripts: the addon is built below, and no dependency needs its install script.
  if (dependenciesStale()) run('npm', ['ci', '--ignore-scripts']);
}

function buildNative() {
  const addon = newest(['native', 'binding.gyp'], /^(?!.*\/native\/(test|launcher)\/).*\.(cc|h|gyp)$/);
  const launcher = newest(['native/launcher', 'native/base/descriptor.h', 'binding.gyp'], /\.(cc|h|gyp)$/);
  if (madeBefore('build/Release/netloom.node', addon) || madeBefore('build/Release/launcher', launcher))
    run('npm', ['run', '--silent', 'build:native']);
}

function buildTypeScript() {
  const sources = newest(['src', 'tsconfig.json', 'scripts/bundle.js'], /\.(ts|js|json)$/);
  if (madeBefore('dist/index.js', sources)) run('npm', ['run', '--silent', 'build:ts']);
  // The current Node.js may differ from the one that built.
  run(process.execPath, ['scripts/code-cache.js']);
}

function setup({ forTests }) {
  requireTools(BUILD_TOOLS, { install: forTests });
  if (forTests) requireTools(TEST_TOOLS, { install: true });
  installDependencies();
  buildNative();
  buildTypeScript();
}

module.exports = { requireTools, root, run, setup };

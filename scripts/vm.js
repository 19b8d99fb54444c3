'use strict';
// `npm run test:vm [-- jest arguments]`: kernel tests on Debian's own kernel, in a virtual machine whose root is this
// machine's, read only. That kernel has link kinds that a developer's may lack.
//   --exec COMMAND [arguments]     runs another command there, in the repository's directory
const { execFileSync, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { requireTools, root, setup } = require('./setup');

const TOOLS = {
  'qemu-system-x86_64': 'qemu-system-x86',
  busybox: 'busybox-static',
  cpio: 'cpio',
  depmod: 'kmod',
};
/** Files with tests that some kernels cannot run. */
const FILES = ['differential/links', 'codec/policy-probe'];
/** The modules that a modular kernel needs to reach the machine's root. */
const MODULES = ['virtio_pci', '9pnet_virtio', '9p', 'overlay'];
/** A machine that hangs is killed, and counts as failed. */
const LONGEST_MS = 40 * 60_000;

// sbin is often missing from a plain user's PATH.
process.env.PATH += ':/usr/sbin:/sbin';
const room = path.join(root, 'out/vm');

/** Debian's kernel from its package: only unpacked, because the machine could boot an installed one. */
function fetchKernel() {
  const text = (command, ...args) => execFileSync(command, args, { encoding: 'utf8', cwd: room });
  fs.mkdirSync(room, { recursive: true });
  const name = /Depends: (linux-image-(\S+))/.exec(text('apt-cache', 'depends', 'linux-image-amd64'));
  if (name === null)
    throw new Error('apt-get finds no package linux-image-amd64: run `apt-get update` on Debian');
  const [, debian, release] = name;
  const kernel = path.join(room, release);
  if (!fs.existsSync(path.join(kernel, 'complete'))) {
    console.log(`Fetching ${debian}.`);
    fs.rmSync(room, { recursive: true });
    fs.mkdirSync(room);
    text('apt-get', '-qq', '-o', 'APT::Sandbox::User=root', 'download', debian);
    const [file] = fs.readdirSync(room);
    text('dpkg-deb', '-x', file, release);
    text('depmod', '-b', kernel, release);
    fs.rmSync(path.join(room, file));
    fs.writeFileSync(path.join(kernel, 'complete'), '');
  }
  return { kernel, release };
}

const quote = (word) => `'${word.replaceAll("'", `'\\''`)}'`;

/** An initramfs with just enough to reach the machine's root, and the command. */
function packInitramfs({ kernel, release }, command) {
  const tree = path.join(room, 'initramfs');
  const put = (from, to) => fs.copyFileSync(from, path.join(tree, to));
  fs.rmSync(tree, { recursive: true, force: true });
  for (const directory of ['bin', 'dev', 'modules'])
    fs.mkdirSync(path.join(tree, directory), { recursive: true });
  put('/usr/bin/busybox', 'bin/busybox');
  put(path.join(root, 'test/vm/init.sh'), 'init');
  put(path.join(root, 'test/vm/run.sh'), 'run.sh');
  fs.chmodSync(path.join(tree, 'init'), 0o755);
  const lines = [
    'mkdir -p /lib/modules',
    `mount --bind ${quote(path.join(kernel, 'lib/modules'))} /lib/modules`,
    // Elsewhere its device node is there from the start, and loads it.
    'modprobe tun',
    `cd ${quote(root)}`,
    `NETLOOM_VM=1 CI=true exec ${command.map(quote).join(' ')}`,
  ];
  fs.writeFileSync(path.join(tree, 'command.sh'), lines.join('\n'));
  const how = ['-a', '-d', kernel, '-S', release, '--show-depends', ...MODULES];
  const listed = execFileSync('modprobe', how, { encoding: 'utf8' });
  const modules = [...new Set([...listed.matchAll(/^insmod (\S+)/gm)].map(([, file]) => file))];
  for (const file of modules) put(file, path.join('modules', path.basename(file)));
  const order = modules.map((file) => `${path.basename(file)}\n`).join('');
  fs.writeFileSync(path.join(tree, 'modules/order'), order);
  const image = path.join(room, 'initramfs.cpio');
  const input = fs.readdirSync(tree, { recursive: true }).join('\n');
  const archive = ['-o', '-H', 'newc', '--quiet', '-R', '0:0', '-F', image];
  execFileSync('cpio', archive, { cwd: tree, input });
  return image;
}

/** Whether the processor itself can run the machine: inside of other virtual machines the device alone proves little. */
function hasKvm() {
  if (!/^flags.*\b(vmx|svm)\b/m.test(fs.readFileSync('/proc/cpuinfo', 'utf8'))) return false;
  try {
    fs.accessSync('/dev/kvm', fs.constants.R_OK | fs.constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Boots, runs the command, and returns its exit status. */
function boot(kernel, initramfs) {
  const machine = [
    ...['-accel', hasKvm() ? 'kvm' : 'tcg', '-cpu', 'max', '-smp', '2', '-m', '3072'],
    ...['-nodefaults', '-display', 'none', '-serial', 'stdio', '-no-reboot'],
    ...['-virtfs', 'local,path=/,mount_tag=machine,security_model=none,readonly=on,multidevs=remap'],
    ...['-device', 'isa-debug-exit,iobase=0xf4,iosize=0x4'],
    ...['-kernel', path.join(kernel.kernel, 'boot', `vmlinuz-${kernel.release}`), '-initrd', initramfs],
    ...['-append', 'console=ttyS0 loglevel=1 oops=panic panic=-1'],
  ];
  const options = { stdio: ['ignore', 'inherit', 'inherit'], timeout: LONGEST_MS, killSignal: 'SIGKILL' };
  // The machine must not outlive this process, however the process ends.
  const command = ['--pdeathsig', 'KILL', '--', 'qemu-system-x86_64', ...machine];
  const { status } = spawnSync('setpriv', command, options);
  // The command's status, encoded by test/vm/run.sh.
  if (status !== null && status >= 3 && status % 2 === 1) return (status - 3) / 2;
  console.error(
    `The virtual machine gave no result: ${status === null ? 'timeout' : `exit status ${status}`}`,
  );
  return 1;
}

const [first, ...rest] = process.argv.slice(2);
const forJest = first === undefined ? FILES : [first, ...rest];
const tests = [process.execPath, 'scripts/test.js', '--only', 'kernel', ...forJest];
if (process.arch !== 'x64') throw new Error('The virtual machine needs an x86-64 processor');
setup({ forTests: true });
requireTools(TOOLS, { install: true });
const kernel = fetchKernel();
console.log(`Linux ${kernel.release}, ${hasKvm() ? 'with KVM' : 'emulated'}`);
process.exitCode = boot(kernel, packInitramfs(kernel, first === '--exec' ? rest : tests));

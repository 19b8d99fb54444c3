import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { newerThanKernel } from './since';

/** Fails the whole file when a tool is missing: a judge that is not there must never make a test pass. */
export function needTools(...tools: string[]): void {
  const missing = tools.filter((tool) => spawnSync('sh', ['-c', 'command -v "$1"', 'sh', tool]).status !== 0);
  if (missing.length > 0)
    throw new Error(`these tests need ${missing.join(', ')}: install them (npm test does it by apt-get)`);
}

/** Whether this is the virtual machine of `npm run test:vm`, where nothing but what is newer than its kernel may be missing. */
export const inVirtualMachine = process.env['NETLOOM_VM'] === '1';

const probed = new Map<string, boolean>();

/** Whether the running kernel knows a kind of link, asked by iproute2 in a namespace of its own. */
export function kernelHasLink(kind: string, ...args: string[]): boolean {
  let has = probed.get(kind);
  if (has === undefined) {
    needTools('unshare', 'ip');
    const command = ['-n', 'ip', 'link', 'add', 'probe', 'type', kind, ...args];
    const { status, stderr } = spawnSync('unshare', command, { encoding: 'utf8' });
    // Only the kernel's own word counts as absence; a wrong argument does not.
    has = status === 0 || !/Unknown device type|Operation not supported|not supported/i.test(stderr);
    if (!has && inVirtualMachine && !newerThanKernel.includes(kind))
      throw new Error(`the virtual machine's kernel must have ${kind}: ${stderr}`);
    probed.set(kind, has);
  }
  return has;
}

/** A test that is skipped, by name, where the kernel provably lacks a kind of link. */
export function testWithLink(kind: string, name: string, body: () => Promise<void>): void {
  if (kernelHasLink(kind)) test(name, body);
  else test.skip(`${name} (this kernel has no ${kind})`, body);
}

/** Whether this is the machine's own root, who may do more than the root of a user namespace. */
export function isMachineRoot(): boolean {
  return /^\s*0\s+0\s+4294967295/.test(fs.readFileSync('/proc/self/uid_map', 'utf8'));
}

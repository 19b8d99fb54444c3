import fs from 'node:fs';
import os from 'node:os';
import { binding } from '../native/binding';

const { EMFILE, ENFILE, ENOSPC, ENOMEM } = os.constants.errno;
const NAMESPACES = '/proc/sys/user/max_net_namespaces';

/** The explanation of a reached limit: its name, its value and how to raise it; undefined for other errors. */
export function reachedLimit(errno: number, syscall: string | undefined): string | undefined {
  if (errno === EMFILE) return descriptorsRemedy();
  if (errno === ENFILE) return 'the system-wide limit of open files is reached: raise fs.file-max';
  if (errno === ENOMEM) return 'the kernel is out of memory: delete unused namespaces or devices';
  if (errno !== ENOSPC) return undefined;
  if (syscall === 'unshare') return namespacesRemedy();
  return syscall === 'mount' ? 'the limit of mounts is reached: raise fs.mount-max' : undefined;
}

/** The remedy for EMFILE. */
export function descriptorsRemedy(): string {
  return (
    `each open namespace takes a file descriptor, and this process may have ${String(openFiles())}: ` +
    'raise the limit (ulimit -n, LimitNOFILE= in systemd units), or close unused namespaces'
  );
}

/** The remedy for ENOSPC from unshare. */
export function namespacesRemedy(): string {
  return (
    `the kernel allows this user ${String(maxNamespaces())} network namespaces: ` +
    'raise the limit (sysctl user.max_net_namespaces), or delete unused namespaces'
  );
}

/** The maximum number of descriptors of this process. */
export function openFiles(): number {
  return binding.openFiles() ?? Number.POSITIVE_INFINITY;
}

/** The maximum number of network namespaces of this user. */
export function maxNamespaces(): number {
  const found = read(NAMESPACES).trim();
  return found === '' ? Number.POSITIVE_INFINITY : Number(found);
}

// Without /proc, only the kernel's error is reported.
function read(file: string): string {
  try {
    return fs.readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

import fs from 'node:fs';
import os from 'node:os';
import { NetlinkError } from '../errors/errors';

const { ENOSPC, EUSERS, EPERM, EACCES } = os.constants.errno as typeof os.constants.errno & {
  EUSERS: number;
};

/** The value of a file below /proc/sys; undefined if this kernel has no such file. */
type ReadSetting = (path: string) => string | undefined;

interface Setting {
  readonly path: string;
  readonly name: string;
  /** The value that forbids user namespaces to users. */
  readonly forbids: string;
  readonly remedy: string;
}

const SWITCHES: readonly Setting[] = [
  {
    path: 'kernel/unprivileged_userns_clone',
    name: 'kernel.unprivileged_userns_clone',
    ...{ forbids: '0', remedy: '1' },
  },
  {
    path: 'kernel/apparmor_restrict_unprivileged_userns',
    name: 'kernel.apparmor_restrict_unprivileged_userns',
    ...{ forbids: '1', remedy: '0' },
  },
];
const LIMITS = ['max_user_namespaces', 'max_net_namespaces', 'max_mnt_namespaces'];

/** The error of a system call that a rootless start needs. Names the setting that forbids the call, if there is one. */
export function refusal(syscall: string, errno: number, read: ReadSetting = readSetting): NetlinkError {
  return new NetlinkError({ errno, syscall, operation: 'rootless', detail: reasonFor(errno, read) });
}

function reasonFor(errno: number, read: ReadSetting): string | undefined {
  if (errno === ENOSPC || errno === EUSERS) {
    const limit = LIMITS.find((name) => read(`user/${name}`) === '0') ?? 'max_user_namespaces';
    const value = read(`user/${limit}`) ?? 'unknown';
    return `the limit user.${limit} is ${value}: raise the limit as root (sysctl user.${limit}=10000)`;
  }
  if (errno !== EPERM && errno !== EACCES) return undefined;
  const found = SWITCHES.find(({ path, forbids }) => read(path) === forbids);
  if (found !== undefined) {
    const { name, forbids, remedy } = found;
    return `${name} is ${forbids}, which forbids user namespaces to users: as root, set sysctl ${name}=${remedy}`;
  }
  return 'user namespaces are forbidden by a security module, the seccomp profile of a container, or a chroot';
}

function readSetting(path: string): string | undefined {
  try {
    return fs.readFileSync(`/proc/sys/${path}`, 'latin1').trim();
  } catch {
    return undefined;
  }
}

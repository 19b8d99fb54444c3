import fs from 'node:fs';
import os from 'node:os';

const { EPERM, EACCES } = os.constants.errno;
const CAP_NET_ADMIN = 12n;
const CAP_SYS_ADMIN = 21n;

/** The explanation of an error caused by a missing capability; undefined if this process has the capability. */
export function missingCapability(errno: number, syscall: string | undefined): string | undefined {
  if (errno !== EPERM && errno !== EACCES) return undefined;
  const [bit, name, purpose] =
    syscall === undefined
      ? ([CAP_NET_ADMIN, 'CAP_NET_ADMIN', 'to change links, addresses, routes and rules'] as const)
      : ([CAP_SYS_ADMIN, 'CAP_SYS_ADMIN', 'to create and enter network namespaces'] as const);
  const effective = effectiveCapabilities();
  if (effective === undefined || (effective >> bit) & 1n) return undefined;
  return `this process lacks ${name}, needed ${purpose}: run the process as root or in its own user namespace`;
}

/** Whether this process may create, enter and configure network namespaces, as root may. */
export function holdsNetworkCapabilities(): boolean {
  const effective = effectiveCapabilities() ?? 0n;
  return [CAP_NET_ADMIN, CAP_SYS_ADMIN].every((bit) => (effective >> bit) & 1n);
}

function effectiveCapabilities(): bigint | undefined {
  try {
    const hex = /^CapEff:\s*([0-9a-f]+)$/m.exec(fs.readFileSync('/proc/thread-self/status', 'latin1'))?.[1];
    return hex === undefined ? undefined : BigInt(`0x${hex}`);
  } catch {
    return undefined; // Without /proc, only the kernel's errno is reported.
  }
}

import fs from 'node:fs';
import { NetlinkError } from '../../errors/errors';
import { REQUEST_DEADLINE_MS, runProgram } from '../../executor/run-program';
import type { Family } from '../../base/ip';
import { handleOf } from '../../nsfs/handle';
import type { NetworkNamespace } from '../../netns/namespace';
import { within } from '../../nsfs/within';

/**
 * The devices of a host that do not forward, by their current settings. The kernel's list of all devices lacks the IPv6
 * setting (Linux 6.18), and is a moment old.
 */
export function withoutForwarding(
  host: NetworkNamespace,
  devices: readonly string[],
  family: Family,
): string[] {
  if (devices.length === 0) return [];
  return within(host, 'network.forwarding', () => devices.filter((device) => !forwards(device, family)));
}

function forwards(device: string, family: Family): boolean {
  try {
    return fs.readFileSync(`/proc/sys/${forwardingPath(device, family)}`, 'latin1').startsWith('1');
  } catch {
    // Gone meanwhile. But kernels before Linux 6.17 have no such setting for IPv6.
    return family === 'ip';
  }
}

/** The setting of `all` interfaces; each interface has one of the same name. */
export function forwardsAll(host: NetworkNamespace, family: Family): boolean {
  const file = `/proc/sys/${forwardingPath('all', family)}`;
  return within(host, 'network.forwarding', () => fs.readFileSync(file, 'latin1').trim() !== '0');
}

/** Switches the forwarding of devices on or off. Missing devices are ignored: the setting went with them. */
export async function writeForwarding(
  host: NetworkNamespace,
  family: Family,
  devices: readonly string[],
  value = '1',
): Promise<void> {
  if (devices.length === 0) return;
  const steps = devices.map(
    (device) => ({ op: 'sysctl', slot: 0, path: forwardingPath(device, family), value }) as const,
  );
  const slots = [{ netns: handleOf(host) }];
  const { results } = await runProgram({ slots, steps, atomic: false, deadlineMs: REQUEST_DEADLINE_MS });
  results.forEach(({ failure }, index) => {
    if (!failure) return;
    const path = steps[index]?.path ?? '';
    const error = NetlinkError.of(failure, { operation: 'sysctl', object: `${path}=${value}` });
    if (error.code !== 'ENOENT') throw error;
  });
}

/**
 * The setting, below /proc/sys, for the forwarding of packets that a device receives. For IPv6 that is not
 * `forwarding`, which would make the device a router, deaf to the advertisements of others, and would forward nothing
 * by itself.
 */
export function forwardingPath(device: string, family: Family): string {
  return family === 'ip' ? `net/ipv4/conf/${device}/forwarding` : `net/ipv6/conf/${device}/force_forwarding`;
}

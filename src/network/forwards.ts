import fs from 'node:fs';
import type { Family } from '../ip';
import type { NetworkNamespace } from '../netns/namespace';
import { within } from '../netns/system';
import { forwardingPath } from './create-steps';

/**
 * Those of a host's devices that do not forward, as their settings say now. What the kernel tells of all devices at once is
 * without the setting of IPv6 (Linux 6.18), and a moment old.
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
    // Gone meanwhile. But kernels before Linux 6.17 have no such setting of IPv6.
    return family === 'ip';
  }
}

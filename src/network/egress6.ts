import fs from 'node:fs';
import os from 'node:os';
import { NetlinkError } from '../errors';
import type { NetworkNamespace } from '../netns/namespace';
import { within } from '../netns/system';
import { forwardingPath } from './create-steps';
import { defaultRouteDevices, hasIpv6, type HostInterface, readLink } from './host';
import type { ResolvedSpec } from './spec';

/** Whether the kernel forwards IPv6 for single interfaces (force_forwarding, Linux 6.17). */
export function forwardsSingly(): boolean {
  return fs.existsSync(`/proc/sys/${forwardingPath('all', 'ip6')}`);
}

/**
 * The interfaces by which a network's IPv6 traffic leaves the host, and whether they forward. Rejects with NetlinkError
 * EAFNOSUPPORT on a kernel without IPv6, and EOPNOTSUPP on one that could only make routers of all interfaces at once:
 * that would cost the host what it learns from router advertisements.
 */
export async function egressInterfaces6(
  host: NetworkNamespace,
  spec: ResolvedSpec,
): Promise<HostInterface[]> {
  if (spec.spec6 === undefined) return [];
  if (!hasIpv6()) throw refusal(os.constants.errno.EAFNOSUPPORT, spec, 'leave subnet6 out');
  if (!spec.nat && spec.open !== true) return [];
  const all = readFlag(host, 'net/ipv6/conf/all/forwarding');
  if (!all && !forwardsSingly()) {
    const detail =
      'before Linux 6.17 IPv6 is forwarded by all interfaces or none: set net.ipv6.conf.all.forwarding=1';
    throw refusal(os.constants.errno.EOPNOTSUPP, spec, detail);
  }
  if (!spec.nat) return [];
  const devices = spec.interfaces ?? (await defaultRouteDevices(host, 'inet6'));
  return Promise.all(
    devices.map(async (device) => {
      const { ifname } = await readLink(host, device);
      const forwarding = all || readFlag(host, forwardingPath(ifname, 'ip6'));
      return { ifname, family: 'ip6', forwarding } as const;
    }),
  );
}

function readFlag(host: NetworkNamespace, setting: string): boolean {
  return within(
    host,
    'network.create',
    () => fs.readFileSync(`/proc/sys/${setting}`, 'latin1').trim() !== '0',
  );
}

function refusal(errno: number, { name }: ResolvedSpec, detail: string): NetlinkError {
  return new NetlinkError({ errno, operation: 'network.create', object: name, detail });
}

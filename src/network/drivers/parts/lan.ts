import os from 'node:os';
import { NetlinkError } from '../../../errors/errors';
import type { NetworkNamespace } from '../../../netns/namespace';
import type { LinkInfo } from '../../../rtnl/types';
import { parseAddress, type Subnet } from '../../addressing/subnet';
import { readLink } from '../../host/links';
import type { Layout } from '../../model/layout';
import type { ResolvedSpec } from '../../spec/resolved-spec';

/** Properties that a network takes over from its LAN. */
export interface Lan {
  /** The index of the device on the LAN. */
  readonly index?: number;
  /** In bytes: that of the device on the LAN. */
  readonly mtu?: number;
}

const { ENETDOWN } = os.constants.errno;

/**
 * Reads a LAN's properties for a new network. `check` may refuse the device on the LAN. Rejects with NetlinkError ENODEV
 * for a missing device.
 */
export async function readLan(
  host: NetworkNamespace,
  { parent = '' }: ResolvedSpec,
  check: (link: LinkInfo) => void = () => undefined,
): Promise<Lan> {
  const link = await readLink(host, parent);
  if (!link.up) throw lanError(ENETDOWN, parent, `the device is down: ip link set ${parent} up`);
  check(link);
  return { index: link.index, ...(link.mtu !== undefined && { mtu: link.mtu }) };
}

/** The host's own addresses in the subnet of its LAN. They change: a lease runs out, an address is added. */
export async function hostAddresses(host: NetworkNamespace, { subnet }: Layout): Promise<readonly string[]> {
  const addresses = await host.rtnl.addr.list({ family: 'inet' });
  const own = addresses.map(({ address }) => address.split('/', 1)[0] ?? '');
  return own.filter((text) => isInside(subnet, parseAddress(text)));
}

/** Why a network on a LAN publishes no ports. */
export function refusePublishingOnLan({ parent }: Layout) {
  const problem =
    'must not be set on a network that publishes ports: other machines on the LAN reach its addresses directly';
  return { path: 'parent', value: parent, problem };
}

/** Why a network on a LAN has no peers. */
export function refusePeersOnLan({ parent }: Layout) {
  const problem = "must not be set on a network with peers: the LAN's router has the routes to them";
  return { path: 'parent', value: parent, problem };
}

/** The error for a device on a LAN that a network cannot use. */
export function lanError(errno: number, object: string, detail: string): NetlinkError {
  return new NetlinkError({ errno, operation: 'network.create', object, detail });
}

function isInside({ first, last }: Subnet, address: number | undefined): boolean {
  return address !== undefined && address >= first && address <= last;
}

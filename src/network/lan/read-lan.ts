import os from 'node:os';
import { NetlinkError } from '../../errors/errors';
import type { NetworkNamespace } from '../../netns/namespace';
import { readLink } from '../host/links';
import type { ResolvedSpec } from '../spec/resolved-spec';
import { parseAddress, type Subnet } from '../addressing/subnet';

/** Properties that a network takes over from its LAN. */
export interface Lan {
  /** In bytes: that of the device on the LAN. */
  readonly mtu?: number;
  /** The host's own addresses in the subnet. */
  readonly reserved?: readonly string[];
}

const { EBUSY, ENETDOWN } = os.constants.errno;

/** Reads a LAN's properties for a new network. Rejects with NetlinkError ENODEV for a missing device. */
export async function readLan(
  host: NetworkNamespace,
  { parent, subnet, macvlan }: ResolvedSpec,
): Promise<Lan> {
  if (parent === undefined) return {};
  const link = await readLink(host, parent);
  const refuse = (errno: number, detail: string): never => {
    throw new NetlinkError({ errno, operation: 'network.create', object: parent, detail });
  };
  if (!link.up) refuse(ENETDOWN, `is down: ip link set ${parent} up`);
  if (macvlan && link.master !== undefined)
    refuse(EBUSY, "is another device's port, which receives what is for its children: name that device");
  const addresses = await host.rtnl.addr.list({ family: 'inet' });
  const own = addresses.map(({ address }) => address.split('/', 1)[0] ?? '');
  return {
    ...(link.mtu !== undefined && { mtu: link.mtu }),
    reserved: own.filter((text) => isInside(subnet, parseAddress(text))),
  };
}

function isInside({ first, last }: Subnet, address: number | undefined): boolean {
  return address !== undefined && address >= first && address <= last;
}

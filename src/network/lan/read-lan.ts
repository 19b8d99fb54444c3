import os from 'node:os';
import { NetlinkError } from '../../errors/errors';
import type { NetworkNamespace } from '../../netns/namespace';
import { readLink } from '../host/links';
import type { ResolvedSpec } from '../spec/resolved-spec';
import { parseAddress, type Subnet } from '../addressing/subnet';

/** What a network takes over from the LAN that it is part of. */
export interface Lan {
  /** Bytes: those of the device that leads there. */
  readonly mtu?: number;
  /** The host's own addresses in the subnet. */
  readonly reserved?: readonly string[];
}

const { EBUSY, ENETDOWN } = os.constants.errno;

/** Reads what a new network has to know of its LAN. Rejects with NetlinkError ENODEV if there is no such device. */
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

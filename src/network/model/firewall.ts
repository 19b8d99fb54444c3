import { addressBytes } from '../../base/ip';
import type { DeviceNames } from '../../firewall/nft/expressions';
import type { NetworkTable } from '../../firewall/network/network-table';
import type { Layout } from './layout';

/** The input for this network's firewall tables, one for each family. None on a LAN. */
export function tablesOf(layout: Layout): NetworkTable[] {
  if (layout.parent !== undefined) return [];
  const {
    name,
    nat,
    loopback = false,
    open = false,
    subnet,
    inet6,
    lifetime,
    dns,
    gateway,
    portPrefix,
  } = layout;
  const shut = portPrefix !== undefined && !nat && !open;
  const common = { name, device: innerDevices(layout), nat, open, owner: lifetime === 'process', shut };
  return [
    {
      ...{ ...common, loopback, subnet: networkOf(subnet.text) },
      ...(dns && { resolver: addressBytes(gateway) }),
    },
    ...(inet6 ? [{ ...common, loopback: false, subnet: networkOf(inet6.subnet) }] : []),
  ];
}

/** The devices by which the host reaches the network. */
export function innerDevices({ device, portPrefix: prefix }: Layout): DeviceNames {
  return prefix === undefined ? device : { prefix };
}

function networkOf(subnet: string): NetworkTable['subnet'] {
  const [first = '', prefix] = subnet.split('/');
  return { network: addressBytes(first), prefix: Number(prefix) };
}

/** The tool that applies a network's rules; undefined where the library does. */
export function flavourOf({ firewall = 'nftables' }: Layout) {
  return firewall === 'nftables' ? undefined : firewall;
}

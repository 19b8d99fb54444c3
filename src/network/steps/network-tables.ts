import { addressBytes } from '../../base/ip';
import type { NetworkTable } from '../../firewall/network/network-table';
import { driverOf } from '../drivers';
import { innerDevices } from '../model/firewall';
import type { Layout } from '../model/layout';
import { lifetimeOf } from '../model/lifetime';

/** The input for this network's firewall tables, one for each family. None on a LAN. */
export function tablesOf(layout: Layout): NetworkTable[] {
  if (!driverOf(layout).hasRules) return [];
  const { name, nat, loopback = false, open = false, subnet, inet6, dns, gateway, portPrefix } = layout;
  const shut = portPrefix !== undefined && !nat && !open;
  const common = { name, device: innerDevices(layout), nat, open, owner: lifetimeOf(layout).isOwned, shut };
  return [
    {
      ...{ ...common, loopback, subnet: networkOf(subnet.text) },
      ...(dns && { resolver: addressBytes(gateway) }),
    },
    ...(inet6 ? [{ ...common, loopback: false, subnet: networkOf(inet6.subnet) }] : []),
  ];
}

function networkOf(subnet: string): NetworkTable['subnet'] {
  const [first = '', prefix] = subnet.split('/');
  return { network: addressBytes(first), prefix: Number(prefix) };
}

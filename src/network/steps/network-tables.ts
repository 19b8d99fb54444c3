import { addressBytes } from '../../base/ip';
import type { NetworkTable } from '../../firewall/network/table/network-table';
import { driverOf } from '../drivers';
import { sidesOf } from '../model/families';
import type { Layout } from '../model/layout';
import { lifetimeOf } from '../model/lifetime';

/** The input for this network's firewall tables, one for each family. None on a LAN. */
export function tablesOf(layout: Layout): NetworkTable[] {
  const driver = driverOf(layout);
  if (!driver.hasRules) return [];
  const { name, nat, loopback = false, open = false, dns, gateway } = layout;
  const shut = driver.forwardsAlways && !nat && !open;
  const owner = lifetimeOf(layout).isOwned;
  const common = { name, device: driver.innerDevices(layout), nat, open, owner, shut };
  return sidesOf(layout).map(({ family, subnet }) => {
    const isIpv4 = family === 'ip';
    const resolver = isIpv4 && dns && { resolver: addressBytes(gateway) };
    return { ...common, loopback: isIpv4 && loopback, subnet: networkOf(subnet), ...resolver };
  });
}

function networkOf(subnet: string): NetworkTable['subnet'] {
  const [first = '', prefix] = subnet.split('/');
  return { network: addressBytes(first), prefix: Number(prefix) };
}

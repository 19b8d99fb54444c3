import type { Family } from '../../base/ip';
import type { NetworkNamespace } from '../../netns/namespace';
import { forwardingPath, withoutForwarding } from '../host/forwarding-settings';
import { hasForceForwarding } from '../host/egress';
import type { Layout } from '../model/layout';
import { familiesOf } from '../model/families';
import { isForwarded, readNetworkEgress } from '../egress/network-egress';

interface Place {
  readonly host: NetworkNamespace;
  readonly layout: Layout;
}

/**
 * The devices that do not forward for a network although it needs them: they were switched off, and the process that
 * holds the network cannot switch them on again.
 */
export async function forwardingWarnings(place: Place): Promise<string[]> {
  if (!isForwarded(place.layout)) return [];
  return (await Promise.all(familiesOf(place.layout).map((family) => closedDevices(place, family)))).flat();
}

async function closedDevices(place: Place, family: Family): Promise<string[]> {
  const { host } = place;
  const { closed, own } = await readNetworkEgress(place, family);
  // Endpoints' ports come up meanwhile, and go.
  const devices = withoutForwarding(host, [...own, ...closed], family);
  if (devices.length === 0) return [];
  const names = devices.join(', ');
  const settings =
    family === 'ip6' && !hasForceForwarding()
      ? ['net.ipv6.conf.all.forwarding']
      : devices.map((device) => forwardingPath(device, family).replaceAll('/', '.'));
  return [
    `the host does not forward ${family === 'ip6' ? 'IPv6 ' : ''}packets received on ${names}: ` +
      settings.map((setting) => `sysctl -w ${setting}=1`).join('; '),
  ];
}

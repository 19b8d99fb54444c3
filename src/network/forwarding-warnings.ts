import fs from 'node:fs';
import type { Family } from '../ip';
import type { NetworkNamespace } from '../netns/namespace';
import { within } from '../netns/system';
import { forwardingPath } from './create-steps';
import { forwardsSingly, isForwarded, readEgress } from './egress';
import type { Layout } from './layout';
import { familiesOf } from './opened-steps';

interface Place {
  readonly host: NetworkNamespace;
  readonly layout: Layout;
}

/**
 * The devices that do not forward for a network although it needs them: somebody switched them off, and the process that holds
 * the network cannot switch them on again.
 */
export async function forwardingWarnings(place: Place): Promise<string[]> {
  if (!isForwarded(place.layout)) return [];
  return (await Promise.all(familiesOf(place.layout).map((family) => closedDevices(place, family)))).flat();
}

async function closedDevices({ host, layout }: Place, family: Family): Promise<string[]> {
  const { closed, own } = await readEgress(host, layout, family);
  const found = [...own, ...closed];
  const devices = found.filter((device) => !forwards(host, device, family));
  if (devices.length === 0) return [];
  const names = devices.join(', ');
  const settings =
    family === 'ip6' && !forwardsSingly()
      ? ['net.ipv6.conf.all.forwarding']
      : devices.map((device) => forwardingPath(device, family).replaceAll('/', '.'));
  return [
    `the host does not forward what comes in by ${names}${family === 'ip6' ? ' by IPv6' : ''}: ` +
      settings.map((setting) => `sysctl -w ${setting}=1`).join('; '),
  ];
}

// What the kernel tells of all devices at once is without the setting of IPv6 (Linux 6.18), and a moment old: ports of endpoints
// come up meanwhile, and go.
function forwards(host: NetworkNamespace, device: string, family: Family): boolean {
  return within(host, 'network.inspect', () => {
    try {
      return fs.readFileSync(`/proc/sys/${forwardingPath(device, family)}`, 'latin1').startsWith('1');
    } catch {
      // Only IPv6 may lack it on a device that is there.
      return family === 'ip';
    }
  });
}

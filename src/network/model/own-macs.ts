import { vxlanDevice } from './devices';
import { derivedMac } from '../addressing/derived-names';
import type { Layout } from './layout';

/** The MAC address of the host's device. */
export function hostMac({ lifetime, name, gateway }: Layout): string {
  return derivedMac(name, lifetime === 'process' ? 'gateway' : 'bridge', gateway);
}

/** The MAC addresses of a network's own devices, besides its endpoints. */
export function ownMacs(layout: Layout): string[] {
  const { name, gateway, vxlan } = layout;
  const bridge = derivedMac(name, 'bridge', gateway);
  return [hostMac(layout), bridge, ...(vxlan ? [vxlanDevice(layout).mac] : [])];
}

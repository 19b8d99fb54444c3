import { derivedMac } from './derive';
import type { Layout } from './layout';
import { hostMac } from './neighbours';
import { vxlanDevice } from './vxlan';

/** The MAC addresses that a network's own devices have on it, beside its endpoints. */
export function ownMacs(layout: Layout): string[] {
  const { name, gateway, vxlan } = layout;
  const bridge = derivedMac(name, 'bridge', gateway);
  return [hostMac(layout), bridge, ...(vxlan ? [vxlanDevice(layout).mac] : [])];
}

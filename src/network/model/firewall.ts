import type { DeviceNames } from '../../firewall/nft/expressions';
import type { Layout } from './layout';

/** The devices by which the host reaches the network. */
export function innerDevices({ device, portPrefix: prefix }: Layout): DeviceNames {
  return prefix === undefined ? device : { prefix };
}

/** The tool that applies a network's rules; undefined where the library does. */
export function flavourOf({ firewall = 'nftables' }: Pick<Layout, 'firewall'>) {
  return firewall === 'nftables' ? undefined : firewall;
}

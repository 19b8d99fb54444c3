import { deviceArgument } from '../../../firewall/iptables/device-name';
import { driverOf } from '../../drivers';
import type { Layout } from '../../model/layout';
import type { Layer, Hook, Matches } from './host-chains';
import type { Packet, PacketDevice } from './packet';

export interface PathHook {
  readonly layer: Layer;
  readonly hook: Hook;
  /** Only at the layer of devices. */
  readonly device?: string;
  /** The packet as chains of a priority get it. */
  packet(priority: number): Omit<Packet, 'mark' | 'ctMark'>;
  /** Matches that separate it from other packets; undefined: none can. */
  matches(priority: number): Matches | undefined;
}

// NF_IP_PRI_CONNTRACK, NF_IP_PRI_NAT_DST and NF_IP_PRI_NAT_SRC of <linux/netfilter_ipv4.h>.
export const CONNTRACK = -200;

/** The hooks of packets to the host itself. */
export function inputHooks(
  packet: Omit<Packet, 'mark' | 'ctMark' | 'state'> & { readonly iif: PacketDevice },
  came: Matches,
  matches: Matches,
): PathHook[] {
  return [
    hookAt('netdev', 'ingress', { ...packet, state: 'invalid' }, came, packet.iif.name),
    {
      ...{ layer: 'inet', hook: 'prerouting', matches: () => came },
      packet: (priority) => ({ ...packet, state: priority > CONNTRACK ? 'new' : 'invalid' }),
    },
    hookAt('inet', 'input', { ...packet, state: 'new' }, matches),
  ];
}

/** The hooks of the host's own replies. */
export function outputHooks(
  packet: Omit<Packet, 'mark' | 'ctMark' | 'state'> & { readonly oif: PacketDevice },
  matches: Matches,
): PathHook[] {
  const established = { ...packet, state: 'established' } as const;
  return [
    {
      ...{ layer: 'inet', hook: 'output', matches: () => matches },
      packet: (priority) => ({ ...packet, state: priority > CONNTRACK ? 'established' : 'invalid' }),
    },
    hookAt('inet', 'postrouting', established, matches),
    hookAt('netdev', 'egress', established, matches, packet.oif.name),
  ];
}

export function hookAt(
  layer: Layer,
  hook: Hook,
  packet: Omit<Packet, 'mark' | 'ctMark'>,
  matches: Matches | undefined,
  device?: string,
): PathHook {
  return {
    ...{ layer, hook, packet: () => ({ ...packet }), matches: () => matches },
    ...(device !== undefined && { device }),
  };
}

export function only(nft: string, iptables: string): Matches {
  return { nft: [nft], iptables: [iptables] };
}

export function words(layout: Layout): string {
  const names = driverOf(layout).innerDevices(layout);
  return typeof names === 'string' ? names : `"${names.prefix}*"`;
}

export function argument(layout: Layout): string {
  return deviceArgument(driverOf(layout).innerDevices(layout));
}

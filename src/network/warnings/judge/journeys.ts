import { deviceArgument } from '../../../firewall/iptables/device-name';
import type { DeviceNames } from '../../../firewall/nft/expressions';
import { type Family } from '../../../base/ip';
import type { Hook, Layer, Matches } from './host-chains';
import { type Layout } from '../../model/layout';
import { innerDevices } from '../../model/firewall';
import type { Packet, PacketDevice } from './packet';
import { insideOf } from '../../model/families';

/** A packet that a network lives on, and where the host's firewall meets it. */
export interface Journey {
  readonly family: Family;
  /** 'what the network sends out'. */
  readonly what: string;
  /** The network's own rules let it pass, and NAT gives it its address, only if connection tracking sees it. */
  readonly isTracked: boolean;
  /** It stays on a bridge: how the host's own chains are kept from it, which br_netfilter calls. */
  readonly bridged?: string;
  readonly stops: readonly Stop[];
}

export interface Stop {
  readonly layer: Layer;
  readonly hook: Hook;
  /** At the layer of devices. */
  readonly device?: string;
  /** The packet as chains of a priority get it. */
  packet(priority: number): Omit<Packet, 'mark' | 'ctMark'>;
  /** What tells it from packets that are none of the network's; undefined: nothing does. */
  matches(priority: number): Matches | undefined;
}

/** What journeys are made from. */
export interface Terrain {
  readonly layout: Layout;
  readonly family: Family;
  readonly device: PacketDevice;
  /** By which the host reaches others; undefined: by any. */
  readonly uplink: PacketDevice | undefined;
  /** How the host's chains are kept from the bridge; undefined: they are not called. */
  readonly bridged: string | undefined;
}

// NF_IP_PRI_CONNTRACK, NF_IP_PRI_NAT_DST and NF_IP_PRI_NAT_SRC of <linux/netfilter_ipv4.h>.
const CONNTRACK = -200;
const DSTNAT = -100;
const SRCNAT = 100;

/** A namespace calls somebody beyond the host, is answered, asks for a name, and calls another one. */
export function journeysOn(terrain: Terrain): Journey[] {
  return [out(terrain), back(terrain), ...names(terrain), ...neighbours(terrain)];
}

/** The device that stands for a network's, by its name. */
export function deviceName({ device, portPrefix }: Layout): string {
  return portPrefix === undefined ? device : `${portPrefix}00000000`;
}

function out(terrain: Terrain): Journey {
  const { family, layout, device: iif, uplink: oif } = terrain;
  const { nat } = layout;
  const base = { family, protocol: 'tcp', saddr: insideOf(layout, family), state: 'new' } as const;
  const came = only(`iifname ${words(layout)}`, `-i ${argument(layout)}`);
  const from = only(`${family} saddr ${subnetOf(layout, family)}`, `-s ${subnetOf(layout, family)}`);
  const sent = { ...base, oif, ...(nat && { saddr: undefined, isFromHost: true }) };
  return {
    ...{ family, what: named('what the network sends out', family), isTracked: layout.parent === undefined },
    stops: [
      ...onBridge(terrain, ['prerouting', 'input'], 'saddr', { ...base, oif: null, state: 'invalid' }),
      stop('netdev', 'ingress', { ...base, iif, oif: null, state: 'invalid' }, came, iif.name),
      {
        ...{ layer: 'inet', hook: 'prerouting', matches: () => came },
        packet: (priority) => ({ ...base, iif, oif: null, state: priority > CONNTRACK ? 'new' : 'invalid' }),
      },
      stop('inet', 'forward', { ...base, iif, oif }, eitherWay(layout)),
      {
        ...{ layer: 'inet', hook: 'postrouting' },
        packet: (priority) => (priority < SRCNAT ? { ...base, iif, oif } : { ...sent, iif }),
        matches: (priority) => (nat && priority >= SRCNAT ? undefined : from),
      },
      ...(oif ? [stop('netdev', 'egress', { ...sent, iif: null }, nat ? undefined : from, oif.name)] : []),
    ],
  };
}

function back(terrain: Terrain): Journey {
  const { family, layout, device: oif, uplink: iif } = terrain;
  const { nat: isMasqueraded } = layout;
  const inside = insideOf(layout, family);
  const base = { family, protocol: 'tcp', daddr: inside, state: 'established', isMasqueraded } as const;
  const to = only(`${family} daddr ${subnetOf(layout, family)}`, `-d ${subnetOf(layout, family)}`);
  const answer = only('ct state established', '-m conntrack --ctstate ESTABLISHED');
  const goes = only(`oifname ${words(layout)}`, `-o ${argument(layout)}`);
  // Until then it is for the host, as far as its address goes.
  const early = { ...base, ...(isMasqueraded && { daddr: undefined, isForHost: true }), iif, oif: null };
  return {
    ...{ family, what: named('answers to the network', family), isTracked: layout.parent === undefined },
    stops: [
      ...(iif
        ? [
            stop(
              ...(['netdev', 'ingress', { ...early, state: 'invalid' }] as const),
              ...([isMasqueraded ? undefined : to, iif.name] as const),
            ),
          ]
        : []),
      {
        ...{ layer: 'inet', hook: 'prerouting' },
        packet: (priority) => {
          if (priority > DSTNAT) return { ...base, iif, oif: null };
          return { ...early, state: priority > CONNTRACK ? 'established' : 'invalid' };
        },
        matches: (priority) =>
          priority > DSTNAT || !isMasqueraded ? to : priority > CONNTRACK ? answer : undefined,
      },
      stop('inet', 'forward', { ...base, iif, oif }, eitherWay(layout)),
      stop('inet', 'postrouting', { ...base, iif, oif }, goes),
      stop('netdev', 'egress', { ...base, iif: null, oif }, goes, oif.name),
      ...onBridge(terrain, ['output', 'postrouting'], 'daddr', { ...base, iif: null }),
    ],
  };
}

// The resolver has an IPv4 address alone.
function names(terrain: Terrain): Journey[] {
  const { family, layout, device } = terrain;
  if (!layout.dns || family !== 'ip') return [];
  const inside = insideOf(layout, family);
  const common = { family, isTracked: false } as const;
  return [
    { ...common, what: "the network's questions for names", stops: questionStops(layout, device, inside) },
    { ...common, what: 'answers to questions for names', stops: answerStops(layout, device, inside) },
  ];
}

function questionStops(layout: Layout, iif: PacketDevice, saddr: string): Stop[] {
  const question = {
    ...({ family: 'ip', protocol: 'udp', dport: 53, saddr, daddr: layout.gateway, isForHost: true } as const),
    ...{ iif, oif: null },
  };
  const came = only(`iifname ${words(layout)}`, `-i ${argument(layout)}`);
  return [
    stop('netdev', 'ingress', { ...question, state: 'invalid' }, came, iif.name),
    {
      ...{ layer: 'inet', hook: 'prerouting', matches: () => came },
      packet: (priority) => ({ ...question, state: priority > CONNTRACK ? 'new' : 'invalid' }),
    },
    stop(
      ...(['inet', 'input', { ...question, state: 'new' }] as const),
      ports(`iifname ${words(layout)}`, `-i ${argument(layout)}`, 'dport'),
    ),
  ];
}

function answerStops(layout: Layout, oif: PacketDevice, daddr: string): Stop[] {
  const answer = {
    ...({
      family: 'ip',
      protocol: 'udp',
      sport: 53,
      saddr: layout.gateway,
      daddr,
      isFromHost: true,
    } as const),
    ...{ iif: null, oif },
  };
  const matches = ports(`oifname ${words(layout)}`, `-o ${argument(layout)}`, 'sport');
  const established = { ...answer, state: 'established' } as const;
  return [
    {
      ...{ layer: 'inet', hook: 'output', matches: () => matches },
      packet: (priority) => ({ ...answer, state: priority > CONNTRACK ? 'established' : 'invalid' }),
    },
    stop('inet', 'postrouting', established, matches),
    stop('netdev', 'egress', established, matches, oif.name),
  ];
}

// One calls the other, who answers.
function neighbours(terrain: Terrain): Journey[] {
  const { family, layout, device, bridged } = terrain;
  if (!hasBridge(layout)) return [];
  const [saddr, daddr] = [insideOf(layout, family), insideOf(layout, family, 2)];
  const bridge = layout.device;
  return (['new', 'established'] as const).map((state) => {
    const base = { family, protocol: 'tcp', saddr, daddr, bridge, state } as const;
    const seen = (priority: number): typeof base => ({
      ...base,
      ...(priority <= CONNTRACK && { state: 'invalid' as 'new' }),
    });
    const across = only(`iifname ${words(layout)}`, `-i ${argument(layout)}`);
    const inet: Stop[] = [
      {
        ...{ layer: 'inet', hook: 'prerouting', matches: () => across },
        packet: (priority) => ({ ...seen(priority), iif: device, oif: null }),
      },
      stop('inet', 'forward', { ...base, iif: device, oif: device }, across),
      stop('inet', 'postrouting', { ...base, iif: null, oif: device }, across),
    ];
    return {
      ...{ family, what: named('packets between namespaces of the network', family), isTracked: false },
      ...(bridged !== undefined && { bridged }),
      stops: [
        ...onBridge(terrain, ['prerouting', 'forward', 'postrouting'], 'saddr', base),
        ...(bridged === undefined ? [] : inet),
      ],
    };
  });
}

/** Whether the host has a bridge of the kernel's for the network. */
export function hasBridge({ lifetime, routed, openvswitch, macvlan }: Layout): boolean {
  return lifetime === 'persistent' && !routed && !openvswitch && !macvlan;
}

// Which port of the bridge it is at is not known.
function onBridge(
  { layout, family }: Terrain,
  hooks: readonly Hook[],
  side: 'saddr' | 'daddr',
  packet: Omit<Packet, 'mark' | 'ctMark'>,
): Stop[] {
  if (!hasBridge(layout)) return [];
  const matches = only(`${family} ${side} ${subnetOf(layout, family)}`, '');
  return hooks.map((hook) => stop('bridge', hook, { ...packet, bridge: layout.device }, matches));
}

function stop(
  layer: Layer,
  hook: Hook,
  packet: Omit<Packet, 'mark' | 'ctMark'>,
  matches: Matches | undefined,
  device?: string,
): Stop {
  return {
    ...{ layer, hook, packet: () => ({ ...packet }), matches: () => matches },
    ...(device !== undefined && { device }),
  };
}

function named(what: string, family: Family): string {
  return family === 'ip' ? what : `${what} by IPv6`;
}

function only(nft: string, iptables: string): Matches {
  return { nft: [nft], iptables: [iptables] };
}

function eitherWay(layout: Layout): Matches {
  return {
    nft: [`iifname ${words(layout)}`, `oifname ${words(layout)}`],
    iptables: [`-i ${argument(layout)}`, `-o ${argument(layout)}`],
  };
}

function ports(nft: string, iptables: string, side: 'sport' | 'dport'): Matches {
  return {
    nft: [`${nft} meta l4proto { tcp, udp } th ${side} 53`],
    iptables: ['udp', 'tcp'].map((protocol) => `${iptables} -p ${protocol} --${side} 53`),
  };
}

function words(layout: Layout): string {
  const names: DeviceNames = innerDevices(layout);
  return typeof names === 'string' ? names : `"${names.prefix}*"`;
}

function argument(layout: Layout): string {
  return deviceArgument(innerDevices(layout));
}

function subnetOf({ subnet, inet6 }: Layout, family: Family): string {
  return family === 'ip' ? subnet.text : (inet6?.subnet ?? '');
}

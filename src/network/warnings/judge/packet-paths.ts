import { type Family } from '../../../base/ip';
import type { Hook, Matches } from './host-chains';
import { type Layout } from '../../model/layout';
import { type Packet, type PacketDevice, ECHO } from './packet';
import { driverOf } from '../../drivers';
import { sampleAddress, subnetOf } from '../../model/families';
import {
  type PathHook,
  only,
  words,
  argument,
  hookAt,
  CONNTRACK,
  inputHooks,
  outputHooks,
} from './path-hooks';

/** A packet that a network depends on, and its hooks in the host's firewall. */
export interface PacketPath {
  readonly family: Family;
  /** 'what the network sends out'. */
  readonly what: string;
  /** Its passage through the network's own rules, and its NAT, require connection tracking. */
  readonly isTracked: boolean;
  /** A secondary packet, on the same path as another one. */
  readonly isFurther?: true;
  /**
   * For a packet that stays on a bridge: the setting that keeps the host's own chains, which br_netfilter calls, from
   * it.
   */
  readonly bridged?: string;
  /** The hop limit (TTL) that a forwarded packet needs at least on its arrival at the host. */
  readonly leastHops?: number;
  /** The matches of packets for a service of the network, at one of the host's addresses. */
  readonly service?: Matches;
  readonly hooks: readonly PathHook[];
}

/** The input for the paths of packets. */
export interface PathInput {
  readonly layout: Layout;
  readonly family: Family;
  readonly device: PacketDevice;
  /**
   * The host's device to other machines; undefined: any. `address`: the source address of its packets after NAT, if
   * known.
   */
  readonly uplink: (PacketDevice & { readonly address?: string }) | undefined;
  /** The setting that keeps the host's chains from the bridge; undefined: they are not called. */
  readonly bridged: string | undefined;
}
const DSTNAT = -100;
const SRCNAT = 100;

/** The protocol of a path beyond the host. */
type Call = 'tcp' | 'icmp';

/**
 * A namespace opens a connection beyond the host and gets replies, sends DNS requests, connects to another namespace,
 * and pings beyond the host.
 */
export function packetPaths(input: PathInput): PacketPath[] {
  return [
    ...[out(input, 'tcp'), back(input, 'tcp'), ...names(input), ...neighbours(input)],
    ...[out(input, 'icmp'), back(input, 'icmp')],
  ];
}

/** The remaining hops of a namespace's packet at the host: each router of the network takes one. */
export function hopsOf(layout: Layout): number {
  return 64 - driverOf(layout).hops;
}

/** The description of a path: pings have their own. */
function descriptionOf(
  call: Call,
  what: string,
  ping: string,
  family: Family,
): Pick<PacketPath, 'what' | 'isFurther'> {
  return call === 'tcp' ? { what: named(what, family) } : { what: named(ping, family), isFurther: true };
}

/** The representative name of a network's device. */
export function deviceName(layout: Layout): string {
  const names = driverOf(layout).innerDevices(layout);
  return typeof names === 'string' ? names : `${names.prefix}00000000`;
}

function out(input: PathInput, call: Call): PacketPath {
  const { family, layout, device: iif, uplink: oif } = input;
  const { nat } = layout;
  const hops = hopsOf(layout);
  const born = {
    ...({ family, protocol: call, saddr: sampleAddress(layout, family), state: 'new', ttl: hops } as const),
    ...(call === 'icmp' && { echo: ECHO[family].question }),
  };
  // Forwarded: one hop less.
  const base = { ...born, ttl: hops - 1 };
  const came = only(`iifname ${words(layout)}`, `-i ${argument(layout)}`);
  const subnet = subnetOf(layout, family) ?? '';
  const from = only(`${family} saddr ${subnet}`, `-s ${subnet}`);
  const sent = { ...base, oif, ...(nat && { saddr: oif?.address, isFromHost: true }) };
  return {
    ...{ family, isTracked: true, leastHops: 2 },
    ...descriptionOf(call, 'packets from the network', 'pings from the network', family),
    hooks: [
      ...onBridge(input, ['prerouting', 'input'], 'saddr', { ...born, oif: null, state: 'invalid' }),
      hookAt('netdev', 'ingress', { ...born, iif, oif: null, state: 'invalid' }, came, iif.name),
      {
        ...{ layer: 'inet', hook: 'prerouting', matches: () => came },
        packet: (priority) => ({ ...born, iif, oif: null, state: priority > CONNTRACK ? 'new' : 'invalid' }),
      },
      hookAt('inet', 'forward', { ...base, iif, oif }, eitherWay(layout)),
      {
        ...{ layer: 'inet', hook: 'postrouting' },
        packet: (priority) => (priority < SRCNAT ? { ...base, iif, oif } : { ...sent, iif }),
        matches: (priority) => (nat && priority >= SRCNAT ? undefined : from),
      },
      ...(oif ? [hookAt('netdev', 'egress', { ...sent, iif: null }, nat ? undefined : from, oif.name)] : []),
    ],
  };
}

function back(input: PathInput, call: Call): PacketPath {
  const { family, layout, device: oif, uplink: iif } = input;
  const { nat: isMasqueraded } = layout;
  const inside = sampleAddress(layout, family);
  const base = {
    ...({ family, protocol: call, daddr: inside, state: 'established', isMasqueraded } as const),
    ...(call === 'icmp' && { echo: ECHO[family].answer }),
  };
  const subnet = subnetOf(layout, family) ?? '';
  const to = only(`${family} daddr ${subnet}`, `-d ${subnet}`);
  const answer = only('ct state established', '-m conntrack --ctstate ESTABLISHED');
  const goes = only(`oifname ${words(layout)}`, `-o ${argument(layout)}`);
  // Until then it is addressed to the host.
  const early = { ...base, ...(isMasqueraded && { daddr: iif?.address, isForHost: true }), iif, oif: null };
  return {
    ...{ family, isTracked: true, leastHops: 2 + driverOf(layout).hops },
    ...descriptionOf(call, 'replies to the network', 'replies to pings from the network', family),
    hooks: [
      ...(iif
        ? [
            hookAt(
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
      hookAt('inet', 'forward', { ...base, iif, oif }, eitherWay(layout)),
      hookAt('inet', 'postrouting', { ...base, iif, oif }, goes),
      hookAt('netdev', 'egress', { ...base, iif: null, oif }, goes, oif.name),
      ...onBridge(input, ['output', 'postrouting'], 'daddr', { ...base, iif: null }),
    ],
  };
}

// The resolver has only an IPv4 address.
function names(input: PathInput): PacketPath[] {
  const { family, layout, device } = input;
  if (!layout.dns || family !== 'ip') return [];
  const inside = sampleAddress(layout, family);
  const common = { family, isTracked: false } as const;
  return (['udp', 'tcp'] as const).flatMap((protocol) => {
    const by = protocol === 'tcp' ? ' over TCP' : '';
    return [
      {
        ...{ ...common, what: `DNS queries from the network${by}` },
        service: ports(`iifname ${words(layout)}`, `-i ${argument(layout)}`, 'dport'),
        hooks: questionHooks(layout, device, { saddr: inside, protocol }),
      },
      {
        ...{ ...common, what: `replies to DNS queries from the network${by}` },
        hooks: answerHooks(layout, device, { daddr: inside, protocol }),
      },
    ];
  });
}

function questionHooks(
  layout: Layout,
  iif: PacketDevice,
  asked: Pick<Packet, 'saddr' | 'protocol'>,
): PathHook[] {
  const question = {
    ...({ ...asked, family: 'ip', dport: 53, daddr: layout.gateway, isForHost: true } as const),
    ...{ iif, oif: null, ttl: hopsOf(layout) },
  };
  const came = only(`iifname ${words(layout)}`, `-i ${argument(layout)}`);
  const matches = ports(`iifname ${words(layout)}`, `-i ${argument(layout)}`, 'dport');
  return inputHooks(question, came, matches);
}

// Replies of the process that runs the resolver: this one.
function answerHooks(
  layout: Layout,
  oif: PacketDevice,
  asked: Pick<Packet, 'daddr' | 'protocol'>,
): PathHook[] {
  const answer = {
    ...({ ...asked, family: 'ip', sport: 53, saddr: layout.gateway, isFromHost: true } as const),
    ...{ iif: null, oif, ttl: 64, owner: { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 } },
  };
  return outputHooks(answer, ports(`oifname ${words(layout)}`, `-o ${argument(layout)}`, 'sport'));
}

// One connects to the other, which replies.
function neighbours(input: PathInput): PacketPath[] {
  const { family, layout, device, bridged } = input;
  if (!driverOf(layout).bridgesInHost) return [];
  const [saddr, daddr] = [sampleAddress(layout, family), sampleAddress(layout, family, 2)];
  const bridge = layout.device;
  return (['new', 'established'] as const).map((state) => {
    const base = { family, protocol: 'tcp', saddr, daddr, bridge, state, ttl: 64 } as const;
    const seen = (priority: number): typeof base => ({
      ...base,
      ...(priority <= CONNTRACK && { state: 'invalid' as 'new' }),
    });
    const across = only(`iifname ${words(layout)}`, `-i ${argument(layout)}`);
    const inet: PathHook[] = [
      {
        ...{ layer: 'inet', hook: 'prerouting', matches: () => across },
        packet: (priority) => ({ ...seen(priority), iif: device, oif: null }),
      },
      hookAt('inet', 'forward', { ...base, iif: device, oif: device }, across),
      hookAt('inet', 'postrouting', { ...base, iif: null, oif: device }, across),
    ];
    return {
      ...{ family, what: named('packets between namespaces of the network', family), isTracked: false },
      ...(bridged !== undefined && { bridged }),
      hooks: [
        ...onBridge(input, ['prerouting', 'forward', 'postrouting'], 'saddr', { ...base, isPassing: true }),
        ...(bridged === undefined ? [] : inet),
      ],
    };
  });
}

// The port of the bridge is unknown.
function onBridge(
  { layout, family }: PathInput,
  hooks: readonly Hook[],
  side: 'saddr' | 'daddr',
  packet: Omit<Packet, 'mark' | 'ctMark'>,
): PathHook[] {
  if (!driverOf(layout).bridgesInHost) return [];
  const matches = only(`${family} ${side} ${subnetOf(layout, family) ?? ''}`, '');
  return hooks.map((hook) => hookAt('bridge', hook, { ...packet, bridge: layout.device }, matches));
}

export function named(what: string, family: Family): string {
  return family === 'ip' ? what : `${what} over IPv6`;
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

import type { Body } from '../types/common/body';
import { dev, flag, print, snake, text, type Printer } from './words';
import { own } from '../../base/own';
import { word } from '../../base/format';

type Words = Readonly<Record<string, Printer>>;

const remote: Printer = 'remote';
const joined: Printer = (value) => [value].flat().map(word);

const tunnel: Words = {
  link: dev('dev'),
  proto: 'mode',
  pmtudisc: flag('pmtudisc', 'nopmtudisc'),
  collectMetadata: flag('external'),
};

/** Attributes whose iproute2 word is not their name in snake case. */
const kinds: Readonly<Record<string, Words>> = {
  vxlan: {
    link: dev('dev'),
    group6: 'group',
    local6: 'local',
    port: 'dstport',
    portRange: (value) => ['srcport', word((value as Body)['low']), word((value as Body)['high'])],
    label: 'flowlabel',
    limit: 'maxaddress',
    ttlInherit: (value) => (value === true ? ['ttl', 'inherit'] : []),
    collectMetadata: flag('external', 'noexternal'),
  },
  geneve: {
    port: 'dstport',
    remote6: remote,
    label: 'flowlabel',
    collectMetadata: flag('external'),
    ttlInherit: (value) => (value === true ? ['ttl', 'inherit'] : []),
  },
  // In a separate command: laterOptions.
  bridge: { fdbMaxLearned: () => [] },
  macvlan: { flags: joined },
  macvtap: { flags: joined },
  ipvlan: { flags: joined },
  vlan: {
    flags: (value) => vlanFlags(value as Body),
    egressQos: qos('egress-qos-map'),
    ingressQos: qos('ingress-qos-map'),
  },
  gre: { ...tunnel, iflags: () => [], oflags: () => [] },
  gretap: { ...tunnel, iflags: () => [], oflags: () => [] },
  ipip: tunnel,
  sit: tunnel,
  netkit: { policy: joined, peerPolicy: (value) => ['peer', text(value)] },
};

const bridgePort: Words = {
  mode: 'hairpin',
  fastLeave: 'fastleave',
  protect: 'root_block',
  unicastFlood: 'flood',
  proxyarp: 'proxy_arp',
  proxyarpWifi: 'proxy_arp_wifi',
  mcastToUcast: 'mcast_to_unicast',
  multicastRouter: 'mcast_router',
  backupPort: dev('backup_port'),
};

// These kinds take a switch as a number; others have a word for it, with a 'no' prefix for off.
const numericSwitches = new Set(['bridge', 'bond']);

/** The options after `type KIND`. */
export function kindOptions(kind: string, data: Body): string[] {
  return print(data, { ...switches(kind, data), ...own(kinds, kind) });
}

/** Options unknown to iproute2 before 6.7, and their commands: separate ones, because they may fail. */
export function laterOptions(kind: string, data: Body): string[][] {
  const limit = data['fdbMaxLearned'];
  return kind === 'bridge' && limit !== undefined ? [['type', kind, 'fdb_max_learned', text(limit)]] : [];
}

/** The options after `type bridge_slave` and similar. */
export function portOptions(data: Body): string[] {
  return print(data, bridgePort);
}

function switches(kind: string, data: Body): Words {
  const keys = Object.keys(data).filter((key) => typeof data[key] === 'boolean');
  return Object.fromEntries(
    keys.map((key): [string, Printer] => {
      if (numericSwitches.has(kind)) return [key, (value) => [snake(key), value === true ? '1' : '0']];
      const word = snake(key).replaceAll('_', '');
      return [key, flag(word, `no${word}`)];
    }),
  );
}

function vlanFlags({ flags = [], mask = [] }: Body): string[] {
  const on = new Set(flags as readonly string[]);
  return (mask as readonly string[]).flatMap((name) => [name.toLowerCase(), on.has(name) ? 'on' : 'off']);
}

function qos(option: string): Printer {
  return (value) => [
    option,
    ...(value as readonly Body[]).map(({ from, to }) => `${word(from)}:${word(to)}`),
  ];
}

import type { NetworkNamespace } from '../../src/netns/namespace';
import type { FirewallRequest } from '../../src/firewall/nft/requests';
import type { Step } from '../../src/plan/spec/step';
import { sh, type Inside } from './command';

/** Gives a scratch host a past: things that a plan changes, replaces and deletes. */
export async function furnish(host: Inside): Promise<void> {
  await sh(
    host,
    // Link-local addresses would come and settle in their own time.
    `sysctl -qw net.ipv6.conf.default.addr_gen_mode=1
     ip link add br-old type bridge forward_delay 900; ip link set br-old up alias 'an old bridge'
     ip link add old0 mtu 1450 type veth peer name old1; ip link set old0 up; ip link set old1 up
     ip addr add 10.50.0.1/24 dev br-old; ip addr add 10.60.0.1/24 brd + dev old0; ip addr add 10.61.0.1/24 dev old0
     ip addr add fd50::1/64 dev old0 nodad
     ip route add 10.51.0.0/16 via 10.60.0.2 metric 50; ip route add 10.52.0.0/16 via 10.60.0.2 mtu 1400
     ip route add 10.53.0.0/16 nexthop via 10.60.0.2 weight 2 nexthop via 10.60.0.3
     ip -6 route add fd51::/64 via fd50::2
     ip rule add from 10.51.0.0/16 table 51 priority 51; ip rule add fwmark 1/0xff table 52 priority 52
     ip neigh add 10.60.0.8 lladdr 02:00:00:00:00:08 dev old0; ip neigh add 10.60.0.9 lladdr 02:00:00:00:00:09 dev old0
     ip nexthop add id 77 via 10.60.0.7 dev old0; ip nexthop add id 78 via 10.60.0.8 dev old0
     nft add table ip old; nft add chain ip old c; nft add rule ip old c tcp dport 80 accept`,
  );
}

/** A plan of fifty steps, each of which can be undone: it makes two namespaces and turns a furnished host upside down. */
export function busySteps(names: { red: string; blue: string }): Step[] {
  const host = { netns: 'host' } as const;
  const red = { netns: 'red' } as const;
  const blue = { netns: 'blue' } as const;
  return [
    { op: 'netns.create', ...red, name: names.red },
    { op: 'netns.create', ...blue, name: names.blue },
    {
      op: 'link.add',
      ...host,
      // Without an address of its own a bridge takes its ports' lowest, and forgets its neighbours when that changes.
      body: { ifname: 'br0', kind: 'bridge', address: BRIDGE_MAC, data: { ageingTime: 1000, stpState: 0 } },
    },
    { op: 'link.set', ...host, body: { ifname: 'br0', up: true } },
    { op: 'addr.add', ...host, body: { dev: 'br0', address: '10.7.0.1/24', broadcast: 'auto' } },
    { op: 'sysctl', ...host, path: 'net/ipv4/conf/br0/forwarding', value: '1' },
    { op: 'link.add', ...host, body: { ...port('red'), peer: { ifname: 'eth0', netns: 'red' } } },
    {
      op: 'link.add',
      ...host,
      body: { ...port('blue'), peer: { ifname: 'eth0', netns: 'blue', mtu: 1400 } },
    },
    {
      op: 'link.set',
      ...host,
      body: { ifname: 'p-red', slaveKind: 'bridge', slaveData: { isolated: true } },
    },
    { op: 'link.set', ...red, body: { ifname: 'lo', up: true } },
    { op: 'link.set', ...blue, body: { ifname: 'lo', up: true } },
    { op: 'link.set', ...red, body: { ifname: 'eth0', up: true } },
    { op: 'link.set', ...blue, body: { ifname: 'eth0', up: true } },
    { op: 'addr.add', ...red, body: { dev: 'eth0', address: '10.7.0.2/24', broadcast: 'auto' } },
    { op: 'addr.add', ...blue, body: { dev: 'eth0', address: '10.7.0.3/24' } },
    { op: 'addr.add', ...red, body: { dev: 'eth0', address: 'fd07::2/64', flags: ['nodad'] } },
    { op: 'route.add', ...red, body: { to: 'default', via: '10.7.0.1', dev: 'eth0' } },
    { op: 'route.add', ...blue, body: { to: 'default', via: '10.7.0.1' } },
    { op: 'route.add', ...red, body: { to: 'fd08::/64', via: 'fd07::1' } },
    { op: 'neigh.add', ...host, body: { dev: 'br0', to: '10.7.0.9', lladdr: '02:00:00:00:07:09' } },
    { op: 'rule.add', ...host, body: { from: '10.7.0.0/24', table: 7, priority: 7 } },
    { op: 'route.add', ...host, body: { to: '10.8.0.0/16', via: '10.7.0.2', table: 7 } },
    { op: 'route.append', ...host, body: { to: '10.8.0.0/16', via: '10.7.0.3', table: 7 } },
    { op: 'nexthop.add', ...host, body: { id: 1, via: '10.60.0.2', dev: 'old0' } },
    { op: 'nexthop.add', ...host, body: { id: 2, via: '10.60.0.3', dev: 'old0' } },
    { op: 'nexthop.add', ...host, body: { id: 3, group: [{ id: 1, weight: 3 }, { id: 2 }] } },
    { op: 'route.add', ...host, body: { to: '10.9.0.0/16', nhId: 3 } },
    {
      op: 'link.add',
      ...host,
      body: { ifname: 'vx0', kind: 'vxlan', data: { id: 42, local: '10.7.0.1', port: 4789 } },
    },
    { op: 'fdb.append', ...host, body: { dev: 'vx0', lladdr: '00:00:00:00:00:00', to: '10.7.0.2' } },
    {
      op: 'link.add',
      ...host,
      body: { ifname: 'mv0', kind: 'macvlan', link: 'old0', address: MAC, data: { mode: 'bridge' } },
    },
    { op: 'altname.add', ...host, body: { ifname: 'old0', altnames: ['the-old-device-zero'] } },
    { op: 'link.set', ...host, body: { ifname: 'old0', mtu: 1400, txqlen: 77 } },
    { op: 'link.set', ...host, body: { ifname: 'old1', group: 9, ifalias: 'a new alias' } },
    { op: 'link.set', ...host, body: { ifname: 'old1', master: 'br0' } },
    {
      op: 'link.set',
      ...host,
      body: { ifname: 'br-old', kind: 'bridge', data: { forwardDelay: 500, helloTime: 300 } },
    },
    { op: 'link.set', ...host, body: { ifname: 'br-old', promisc: true, ifalias: 'changed' } },
    { op: 'addr.add', ...host, body: { dev: 'br-old', address: '10.50.0.2/24' } },
    {
      op: 'addr.replace',
      ...host,
      body: { dev: 'br-old', address: '10.50.0.1/24', cacheinfo: { valid: 9000, preferred: 900 } },
    },
    { op: 'addr.delete', ...host, body: { dev: 'old0', address: '10.61.0.1/24' } },
    { op: 'route.replace', ...host, body: { to: '10.51.0.0/16', via: '10.60.0.4', priority: 50 } },
    { op: 'route.delete', ...host, body: { to: '10.52.0.0/16' } },
    { op: 'route.delete', ...host, body: { to: '10.53.0.0/16' } },
    { op: 'route.delete', ...host, body: { to: 'fd51::/64' } },
    { op: 'rule.delete', ...host, body: { priority: 52 } },
    { op: 'neigh.replace', ...host, body: { dev: 'old0', to: '10.60.0.8', lladdr: '02:00:00:00:00:88' } },
    { op: 'neigh.delete', ...host, body: { dev: 'old0', to: '10.60.0.9' } },
    { op: 'nexthop.replace', ...host, body: { id: 77, via: '10.60.0.6', dev: 'old0' } },
    { op: 'nexthop.delete', ...host, body: { id: 78 } },
    { op: 'firewall', ...host, requests: table('add'), inverse: table('delete').slice(0, 1) },
    { op: 'sysctl', ...host, path: 'net/ipv4/ip_forward', value: '1' },
  ];
}

/** A step that the kernel refuses wherever it stands: the loopback device exists. */
export const refusedStep: Step = { op: 'link.add', netns: 'host', body: { ifname: 'lo', kind: 'bridge' } };

/** The labels that {@link busySteps} wants to be given. */
export function busyLabels(host: NetworkNamespace): { host: NetworkNamespace } {
  return { host };
}

const BRIDGE_MAC = '02:00:00:00:07:01';
const MAC = '02:00:00:00:07:77';

function port(of: string): { ifname: string; kind: 'veth'; master: string; up: true } {
  return { ifname: `p-${of}`, kind: 'veth', master: 'br0', up: true };
}

function table(verb: 'add' | 'delete'): FirewallRequest[] {
  const own = { family: 'ip', table: 'new', name: 'c' } as const;
  const made = { family: 'ip', name: 'new' } as const;
  const hook = { hooknum: 1, priority: 0 };
  if (verb === 'add') {
    return [
      { family: 'nftTable', verb, body: made },
      { family: 'nftChain', verb, body: { ...own, type: 'filter', hook, policy: 'accept' } },
    ];
  }
  return [
    { family: 'nftTable', verb, body: made },
    { family: 'nftChain', verb, body: own },
  ];
}

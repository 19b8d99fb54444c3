import { Network, type NetworkNamespace, type NetworkSpec } from '../../../src';
import {
  LAN,
  needTools,
  ping,
  reaches,
  rulesOf,
  run,
  scratchHost,
  sh,
  snapshot,
  twoHosts,
} from '../../support';

needTools('ip', 'nft', 'ping', 'nsenter', 'iptables-nft', 'iptables-legacy');

const OURS = '10.1.0.0/24';
const BESIDE = '10.3.0.0/24';
const THEIRS = '10.2.0.0/24';
const FAR = '198.51.100.2';

/** A second way out of a host, which forwards by itself, and what lies there. */
async function secondWay(host: NetworkNamespace): Promise<void> {
  const far = await scratchHost();
  const place = `/proc/${process.pid}/fd/${String(far.fd)}`;
  await run(host, 'ip', ['link', 'add', 'eth1', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', place]);
  await sh(host, 'ip addr add 198.51.100.1/24 dev eth1; ip link set eth1 addrgenmode none up');
  await sh(far, `ip addr add ${FAR}/24 dev eth0; ip link set eth0 addrgenmode none up`);
  await sh(far, 'ip route add default via 198.51.100.1');
  await sh(host, 'sysctl -qw net.ipv4.ip_forward=0 net.ipv4.conf.eth1.forwarding=1');
}

/** All of a host but for the empty base chains that iptables itself leaves. */
async function left(host: NetworkNamespace): Promise<unknown> {
  const { firewall: _, ...rest } = await snapshot(host);
  return { ...rest, rules: await rulesOf(host) };
}

// Whose network has the interface forward: one with NAT at once, one without when it gets a peer.
const cases = [
  ['nftables', 'process', { nat: true }],
  ['nftables', 'persistent', { nat: false }],
  ['iptables-nft', 'persistent', { nat: true }],
  ['iptables-legacy', 'process', { nat: false }],
] as const;

test.each(cases)(
  '%s: a %s network that has an interface forward keeps nobody from a network beside it: %j',
  async (firewall, lifetime, { nat }) => {
    const { hosts, internet: stranger } = await twoHosts();
    const [host, other] = hosts;
    await secondWay(host);
    const before = await left(host);
    const spec: Omit<NetworkSpec, 'name' | 'subnet'> = { host, firewall, lifetime };
    const beside = await Network.create({ ...spec, name: 'beside', subnet: BESIDE, nat });
    const remote = await Network.create({ name: 'net', subnet: THEIRS, host: other, firewall, lifetime });
    if (!nat) {
      await beside.peer({ subnet: THEIRS, via: LAN[1] });
      await remote.peer({ subnet: BESIDE, via: LAN[0] });
    }
    const network = await Network.create({ ...spec, name: 'net', subnet: OURS });
    await network.peer({ subnet: THEIRS, via: LAN[1] });
    await remote.peer({ subnet: OURS, via: LAN[0] });
    const [a, b, c] = [await network.attach('a'), await remote.attach('b'), await beside.attach('c')];

    await ping(b.netns, a.address);
    await ping(a.netns, b.address);
    expect(await reaches(b.netns, c.address)).toBe(!nat);
    // Nobody else on the LAN gets into either, nor through the host to anywhere.
    for (const to of [OURS, BESIDE, THEIRS, FAR])
      await run(stranger, 'ip', ['route', 'add', to, 'via', LAN[0]]);
    const inside = [a.address, c.address, network.gateway, beside.gateway];
    const tries = [...inside, b.address, FAR].map((address) => reaches(stranger, address));
    expect(new Set(await Promise.all(tries))).toEqual(new Set([false]));

    for (const one of [network, beside, remote]) await one.delete();
    expect(await left(host)).toEqual(before);
    // It was the rules that kept the stranger out.
    await sh(host, 'sysctl -qw net.ipv4.conf.eth0.forwarding=1');
    await ping(stranger, FAR);
  },
);

// Tutorial 004: one description applied on two hosts, whose namespaces reach each other.
import { Network, NetworkNamespace } from 'netloom';

const NODES = {
  one: { lan: '192.168.1.5', spec: { name: 'node1', subnet: '172.16.0.0/24', bridge: 'br0' } },
  two: { lan: '192.168.1.6', spec: { name: 'node2', subnet: '172.16.1.0/24', bridge: 'br0' } },
};

async function apply(host: NetworkNamespace, { lan, spec }: (typeof NODES)['one']): Promise<Network> {
  await host.rtnl.addr.add({ dev: 'eth0', address: `${lan}/24` });
  await host.rtnl.link.set({ ifname: 'eth0', up: true });
  // [!] The tutorial masquerades inside the namespaces, on a bridge that does not exist there: the host must do so.
  return Network.create({ ...spec, host, nat: { interfaces: ['eth0'] } });
}

async function main(): Promise<void> {
  await using host1 = await NetworkNamespace.create();
  await using host2 = await NetworkNamespace.create();
  await host1.rtnl.link.add({ ifname: 'eth0', kind: 'veth', peer: { ifname: 'eth0', netns: host2 } });
  // [!] The tutorial's lines for node 2 use node 1's variables; one function for both cannot mix them up.
  await using node1 = await apply(host1, NODES.one);
  await using node2 = await apply(host2, NODES.two);
  const endpoints = [
    ...(await node1.attachMany(['NS1', 'NS2'])),
    ...(await node2.attachMany(['NS1', 'NS2'])),
  ];

  // [!] The next hop is the other host's address on the LAN; the tutorial names a bridge that is behind that host.
  await node1.peer({ subnet: node2.subnet, via: NODES.two.lan });
  await node2.peer({ subnet: node1.subnet, via: NODES.one.lan });
  // [!] The tutorial never tests the path from one host to the other.
  for (const { netns } of endpoints) {
    for (const { address } of endpoints) await netns.exec('ping', ['-c', '1', address]);
  }
  console.log(`all of ${endpoints.map(({ address }) => address).join(', ')} reach each other`);
}

void main();

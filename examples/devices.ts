// Tutorial 003: a device of the host, shared with a namespace through a bridge.
import { Plan, type RequestBody } from 'netloom';
import { buildScene, HOST_ADDRESS, INTERNET_ADDRESS } from './demo/scene';

const veth: RequestBody<'link.add'> = {
  ...{ ifname: 'veth0', kind: 'veth', master: 'br0', up: true },
  peer: { ifname: 'veth0_peer', netns: 'ns1' },
};

async function main(): Promise<void> {
  const scene = await buildScene();
  await using host = scene.host;
  await using internet = scene.internet;

  const inHost = { netns: 'host' } as const;
  // [!] The device's own address and route must move to the bridge, or the host is cut off: one plan, all or nothing.
  // [!] The tutorial uses BRCOMPAT of Open vSwitch for this, which was removed long ago.
  const share = new Plan({
    namespaces: { host },
    steps: [
      { op: 'netns.create', netns: 'ns1' },
      { op: 'link.add', ...inHost, body: { ifname: 'br0', kind: 'bridge', up: true } },
      { op: 'link.add', ...inHost, body: veth },
      { op: 'addr.delete', ...inHost, body: { dev: 'wan0', address: `${HOST_ADDRESS}/24` } },
      { op: 'link.set', ...inHost, body: { ifname: 'wan0', master: 'br0' } },
      { op: 'addr.add', ...inHost, body: { dev: 'br0', address: `${HOST_ADDRESS}/24` } },
      { op: 'route.add', ...inHost, body: { to: 'default', via: INTERNET_ADDRESS, dev: 'br0' } },
      { op: 'addr.add', netns: 'ns1', body: { dev: 'veth0_peer', address: '192.0.2.3/24' } },
      { op: 'link.set', netns: 'ns1', body: { ifname: 'veth0_peer', up: true } },
    ],
  });
  console.log(share.explain());
  await using _ns1 = (await share.apply()).namespaces['ns1'];
  for (const address of [HOST_ADDRESS, '192.0.2.3']) await internet.exec('ping', ['-c', '1', address]);
  console.log('on one LAN: the host and the namespace');
}

void main();

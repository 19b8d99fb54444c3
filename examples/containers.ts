// Tutorial 002: the network setup of a container runtime, up to a published port.
import { Network } from 'netloom';
import { buildScene, HOST_ADDRESS } from './demo/scene';

const SERVICE =
  "require('http').createServer((q, r) => r.end(q.socket.remoteAddress)).listen(5000, '0.0.0.0')";

async function main(): Promise<void> {
  const scene = await buildScene();
  await using host = scene.host;
  await using internet = scene.internet;

  // [!] Two veth pairs in one /16 give the host two routes to one prefix, and one container is unreachable: use a bridge.
  // [!] MASQUERADE alone is not enough: the tutorial omits the default routes inside and the forwarding.
  const spec = { name: 'containers', subnet: '172.18.0.0/16', bridge: 'br0' };
  await using network = await Network.create({ ...spec, host });
  const [service, neighbour] = await network.attachMany(['netns0', 'netns1']);

  using _flask = service.netns.spawn(process.execPath, ['-e', SERVICE]);
  // [!] No need for br_netfilter: the neighbour's call goes through the host, where its rules apply.
  await network.publish({ hostAddress: HOST_ADDRESS, hostPort: 5000, to: service, port: 5000 });
  const callers = { 'the internet': internet, 'the host': host, 'a neighbour': neighbour.netns };
  for (const [who, netns] of Object.entries(callers)) {
    const url = `http://${HOST_ADDRESS}:5000/`;
    const { stdout } = await netns.exec('curl', ['-sS', '--retry', '9', '--retry-connrefused', url]);
    console.log(`${who} is seen as ${stdout}`);
  }

  const { links, routes, firewall } = await service.netns.inspect();
  console.log(
    `inside: ${links.map(({ ifname }) => ifname).join(', ')}; ${routes.length} routes, ${firewall.rules.length} rules`,
  );
}

void main();

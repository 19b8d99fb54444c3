// Tutorial 000: two namespaces behind a NAT bridge, a daemon in one of them and its client in the other.
import { Network } from 'netloom';
import { buildScene, INTERNET_ADDRESS } from './demo/scene';

// The reply is the address that the request came from.
const DAEMON =
  "require('http').createServer((q, r) => r.end(q.socket.remoteAddress)).listen(8332, '0.0.0.0')";
const NOBODY = { uid: 65534, gid: 65534 };
const PATIENTLY = ['-sS', '--retry', '9', '--retry-connrefused'];

async function main(): Promise<void> {
  const scene = await buildScene();
  await using host = scene.host;
  await using internet = scene.internet;

  // netloom rejects a subnet that the host already uses; in the tutorial such a subnet ends the ssh session.
  const subnet = { subnet: '172.18.0.0/24', gateway: '172.18.0.10' };
  await using network = await Network.create({ name: 'tutorial', bridge: 'br1', ...subnet, host });
  // [!] The tutorial leaves lo down inside, so that a program cannot reach its own address; here it is always up.
  // [!] `ip -all netns exec` gives every namespace of the machine a default route; here only these two get one.
  const one = await network.attach('namespace1', { address: '172.18.0.11', ifname: 'veth1' });
  const two = await network.attach('namespace2', { address: '172.18.0.12', ifname: 'veth2' });

  using _bitcoind = one.netns.spawn(process.execPath, ['-e', DAEMON], NOBODY);
  const cli = await two.netns.exec('curl', [...PATIENTLY, `${one.address}:8332`], NOBODY);
  console.log(`the daemon sees its client as ${cli.stdout}`);

  using _website = internet.spawn(process.execPath, ['-e', DAEMON]);
  const out = await two.netns.exec('curl', [...PATIENTLY, `${INTERNET_ADDRESS}:8332`]);
  console.log(`the internet sees the daemon as ${out.stdout}`);
}

void main();

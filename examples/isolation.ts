// Tutorial 001: anonymous namespaces: isolated, joined by a direct link, and three on a bridge to the internet.
import { connectNamespaces, Network, NetworkNamespace } from 'netloom';
import { buildScene, INTERNET_ADDRESS } from './demo/scene';

async function main(): Promise<void> {
  const scene = await buildScene();
  await using host = scene.host;
  await using _internet = scene.internet;

  await using one = await NetworkNamespace.create();
  await using two = await NetworkNamespace.create();
  await one
    .exec('ping', ['-c', '1', INTERNET_ADDRESS])
    .catch(() => console.log('an isolated node reaches nobody'));

  // [!] Between two sibling user namespaces the kernel answers EPERM: both nodes must belong to one, as they do here.
  await connectNamespaces(
    { netns: one, ifname: 'veth0', address: '10.0.2.1/24' },
    { netns: two, ifname: 'veth1', address: '10.0.2.2/24' },
  );
  await one.exec('ping', ['-c', '1', '10.0.2.2']);
  console.log('two linked nodes reach each other');

  const gateway = { subnet: '10.0.2.0/24', gateway: '10.0.2.254', bridge: 'virbr100500' };
  // [!] If forwards are dropped by default, replies need `ct state established,related accept` too: it is included.
  await using network = await Network.create({ name: 'several', ...gateway, host });
  const nodes = await network.attachMany(3);
  for (const { netns } of nodes) {
    for (const { address } of nodes) await netns.exec('ping', ['-c', '1', address]);
    await netns.exec('ping', ['-c', '1', INTERNET_ADDRESS]);
  }
  console.log('three nodes reach each other and the internet');
  // [!] The tutorial says that a link keeps a namespace alive. In fact only processes, descriptors and mounts do.
}

void main();

'use strict';
// Attaches an endpoint to a network on the host named by the argument, publishes a port of it, and lets a plan fail. Marks
// each part on standard error, where NETLOOM_DEBUG prints, and by a system call for strace.
const fs = require('node:fs');
const { NetworkNamespace, Network, Plan } = require('./library');

function mark(name) {
  fs.existsSync(`/mark-${name}`);
  fs.writeSync(2, `mark ${name}\n`);
}

async function main() {
  const host = await NetworkNamespace.open(process.argv[2]);
  const network = await Network.create({ name: 'traced', subnet: '10.77.0.0/24', host, warnings: false });
  mark('attach');
  const web = await network.attach('web');
  mark('publish');
  await network.publish({ hostAddress: '192.0.2.1', hostPort: 8080, to: web, port: 80 });
  mark('fail');
  const veth = { ifname: 'v0', kind: 'veth', peer: { ifname: 'v1' } };
  const steps = [
    { op: 'link.add', netns: 'host', body: veth },
    { op: 'link.set', netns: 'host', body: { ifname: 'nosuch', up: true } },
  ];
  await new Plan({ namespaces: { host }, steps }).apply().catch(() => undefined);
  mark('list');
  await host.rtnl.link.list();
  mark('end');
  await network.delete();
  await host.close();
}

void main();

import { once } from 'node:events';
import { NetworkNamespace } from '../../../src/netns/namespace';
import { eventually, needTools, run } from '../../support';

needTools('ip', 'ss');

const SERVER = `require('net').createServer(() => console.log('taken')).listen(80, '10.9.9.2', () => console.log('ready'))`;
const CLIENT = `require('net').connect(80, '10.9.9.2')`;

test.each([
  ['has ended', true],
  ['is about to end', false],
] as const)(
  'a connection that can never be closed does not keep the namespace of a process that %s',
  async (_when, waits) => {
    const [near, far] = [await NetworkNamespace.create(), await NetworkNamespace.create()];
    await near.rtnl.link.add({ ifname: 'v0', kind: 'veth', up: true, peer: { ifname: 'v1', netns: far } });
    await near.rtnl.addr.add({ dev: 'v0', address: '10.9.9.1/24' });
    await far.rtnl.addr.add({ dev: 'v1', address: '10.9.9.2/24' });
    await far.rtnl.link.set({ ifname: 'v1', up: true });
    const server = far.spawn(process.execPath, ['-e', SERVER], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(server.stdout!, 'data');
    const client = near.spawn(process.execPath, ['-e', CLIENT], { stdio: 'ignore' });
    await once(server.stdout!, 'data');

    // A partition: what either side sends from here on is lost.
    await near.rtnl.link.set({ ifname: 'v0', up: false });
    const ended = [server, client].map((child) => once(child, 'close'));
    for (const child of [server, client]) child.kill('SIGKILL');
    if (waits) {
      await Promise.all(ended);
      await eventually('the kernel goes on with the connection', async () =>
        (await run(far, 'ss', ['-tanH', 'state', 'fin-wait-1'])).stdout.includes('10.9.9.1'),
      );
    }
    await Promise.all([near.delete(), far.delete()]);
    await Promise.all(ended);
  },
);

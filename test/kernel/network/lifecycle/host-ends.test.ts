import { NetworkNamespace } from '../../../../src/netns/namespace';
import { gc } from '../../../../src/network/gc/gc';
import { Network } from '../../../../src/network/network';
import type { NetworkSpec } from '../../../../src/network/spec/network-spec';
import {
  BEYOND,
  lab,
  machineSnapshot,
  needTools,
  ping,
  scratchName,
  snapshot,
  tool,
  WAN,
} from '../../../support';

needTools('ip', 'nft', 'ping');

const LIFETIMES = ['process', 'persistent'] as const;
const SPEC: NetworkSpec = { name: 'web', subnet: '172.30.0.0/24', warnings: false };

test.each(LIFETIMES)(
  'lifetime %s: the object of the host may be closed before the network',
  async (lifetime) => {
    const scene = await lab({ named: true });
    const [before, machine] = [await snapshot(scene.host), machineSnapshot()];
    const host = await NetworkNamespace.open(scene.host.name as string);
    const network = await Network.create({ ...SPEC, lifetime, host });
    await host.close();
    expect(network.host).toBe(host);
    const red = await network.attach(scratchName());
    await ping(red.netns, BEYOND);
    await network.publish({ hostAddress: WAN, hostPort: 80, to: red, port: 80 });
    expect((await network.inspect()).endpoints).toHaveLength(1);
    await network.detach(red);
    await network.attach(scratchName());
    await network.delete();
    expect(await snapshot(scene.host)).toEqual(before);
    expect(machineSnapshot()).toEqual(machine);
  },
);

test.each(LIFETIMES)(
  'lifetime %s: the host is deleted under an open network, which can be deleted later',
  async (lifetime) => {
    const machine = machineSnapshot();
    const { host } = await lab({ named: true });
    const network = await Network.create({ ...SPEC, lifetime, host });
    const second = await Network.create({ ...SPEC, name: 'db', subnet: '172.30.1.0/24', lifetime, host });
    const red = await network.attach(scratchName());
    const publication = await network.publish({ hostAddress: WAN, hostPort: 80, to: red, port: 80 });
    await network.peer({ subnet: '10.9.0.0/24', via: BEYOND });
    // Its journal has leases of the host.
    expect(machineSnapshot().journal).not.toEqual(machine.journal);
    await host.delete();
    const refused = { code: 'ENOENT', name: 'NetlinkError' };
    await expect(network.attach(scratchName())).rejects.toMatchObject(refused);
    await expect(network.detach(red)).rejects.toThrow('the namespace of its host was deleted');
    await expect(network.unpublish(publication)).rejects.toMatchObject(refused);
    await publication.delete();
    await network.delete();
    await network.delete();
    await expect(network.attach(scratchName())).rejects.toThrow("the network 'web' was deleted");
    await second.close();
    await host.delete();
    await gc();
    expect(machineSnapshot()).toEqual(machine);
  },
);

test('the host and its network are deleted at the same time', async () => {
  const machine = machineSnapshot();
  for (const lifetime of LIFETIMES) {
    const { host } = await lab({ named: true });
    const network = await Network.create({ ...SPEC, lifetime, host });
    await network.attach(scratchName());
    await Promise.all([network.delete(), host.delete()]);
    expect(machineSnapshot()).toEqual(machine);
  }
});

test('a host whose namespace somebody else removed by name stays while a network holds it', async () => {
  const machine = machineSnapshot();
  const { host } = await lab({ named: true });
  const network = await Network.create({ ...SPEC, lifetime: 'persistent', host });
  await host.close();
  await tool('ip', ['netns', 'del', host.name as string]);
  const red = await network.attach(scratchName());
  await ping(red.netns, BEYOND);
  await network.delete();
  expect(machineSnapshot()).toEqual(machine);
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { gc, Network, NetworkNamespace } from '../../../../src';
import {
  killed,
  LAN,
  lab,
  machineSnapshot,
  needTools,
  nodeCommand,
  scratchName,
  twoHosts,
} from '../../../support';

needTools('ip', 'nft');

const JOURNAL = '/run/netloom';

/** The files of the journal that are about a host. */
function filesOf(host: NetworkNamespace): string[] {
  const files = fs.readdirSync(JOURNAL, { recursive: true, encoding: 'utf8' });
  return files.filter((file) => {
    const place = `${JOURNAL}/${file}`;
    return fs.statSync(place).isFile() && fs.readFileSync(place, 'utf8').includes(`"host":"${host.cookie}"`);
  });
}

test.each(['process', 'persistent'])(
  'leases go with their host, where a killed process of the lifetime %s left them without a record',
  async (lifetime) => {
    const { hosts } = await twoHosts();
    const [gone, host] = hosts;
    const machine = machineSnapshot();
    const [program = '', ...args] = nodeCommand('network-peer', [gone.name, lifetime, '10.2.0.0/24', LAN[1]]);
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    await killed(child);
    fs.rmSync(`${JOURNAL}/networks`, { recursive: true, force: true });
    const left = filesOf(gone);
    expect(left).toEqual(expect.arrayContaining([expect.stringMatching(/^forwarding\//)]));
    expect(left).toEqual(expect.arrayContaining([expect.stringMatching(/^routes\//)]));
    // As long as it is there, it may be somebody's.
    expect((await gc({ host })).removed).toEqual([]);
    await gone.delete();
    const { removed } = await gc({ host });
    expect([...removed].sort()).toEqual(left.map((file) => `file ${JOURNAL}/${file}`).sort());
    expect(filesOf(gone)).toEqual([]);
    expect(machineSnapshot().names).toEqual(machine.names.filter((file) => !file.endsWith(`/${gone.name}`)));
  },
);

test('what is told of a host that is there stays', async () => {
  const scene = await lab({ named: true });
  const host = await NetworkNamespace.create(scratchName());
  const network = await Network.create({ name: 'net', subnet: '10.1.0.0/24', host, lifetime: 'persistent' });
  const standing = filesOf(host);
  expect((await gc({ host: scene.host })).removed).toEqual([]);
  expect(filesOf(host)).toEqual(standing);
  await network.delete();
  await host.delete();
});

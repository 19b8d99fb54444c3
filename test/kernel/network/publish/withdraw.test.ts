import { spawn } from 'node:child_process';
import { Network } from '../../../../src/network/network';
import { eventually, type Inside, lab, needTools, nftJson, scratchName, sh, WAN } from '../../../support';

needTools('ip', 'nft');

const spec = { name: 'web', subnet: '10.73.0.0/24' } as const;

/** How many transactions of netloom's own thread nft sees in a namespace while something is done. */
async function transactions(host: Inside, action: () => Promise<unknown>): Promise<number> {
  const monitor = spawn('nsenter', [`--net=/proc/${process.pid}/fd/${host.fd}`, '--', 'nft', 'monitor']);
  let said = '';
  monitor.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  // What it has heard of before, it has heard of by then.
  const hears = (table: string): Promise<void> =>
    eventually(`nft monitor tells of ${table}`, async () => {
      await sh(host, `nft add table ip ${table}; nft delete table ip ${table}`);
      return said.includes(`delete table ip ${table}`);
    });
  try {
    await hears('begin');
    await action();
    await hears('end');
    // By the thread's name: its number is not that of this process.
    return said.match(/# new generation \d+ by process \d+ \(netloom\)/g)?.length ?? 0;
  } finally {
    monitor.kill();
  }
}

async function published(host: Inside): Promise<number[]> {
  const maps = (await nftJson(host)).filter((entry) => 'map' in entry);
  return maps.flatMap(({ map }) => map.elem ?? []).map(([key]) => (key.elem?.val ?? key).concat[2]);
}

test.each(['process', 'persistent'] as const)(
  'ports of a %s network that are withdrawn at the same time are withdrawn together',
  async (lifetime) => {
    const { host } = await lab({ named: true });
    await using network = await Network.create({ ...spec, host, lifetime });
    const to = await network.attach(scratchName());
    const rules = Array.from({ length: 100 }, (_, index) => ({
      hostAddress: WAN,
      hostPort: 1000 + index,
      to,
      port: 80,
    }));
    const publications = await network.publishMany(rules);
    expect((await published(host)).length).toBe(100);
    const some = publications.slice(0, 20);
    const count = await transactions(host, async () => {
      // Twice the same is once.
      await Promise.all([...some, ...some].map((publication) => publication.delete()));
      expect((await published(host)).sort()).toEqual(rules.slice(20).map(({ hostPort }) => hostPort));
      await Promise.all(publications.slice(20).map((publication) => publication.delete()));
    });
    expect(count).toBe(2);
    expect(await published(host)).toEqual([]);
    expect((await network.inspect()).publications).toEqual([]);
    // None is announced any more.
    expect(await network.publishMany(rules)).toHaveLength(100);
  },
);

test('of those that are withdrawn together one is gone, and one leads elsewhere by now', async () => {
  const { host } = await lab({ named: true });
  await using network = await Network.create({ ...spec, host, lifetime: 'persistent' });
  const to = await network.attach(scratchName());
  const publishFrom = (first: number, count: number) =>
    network.publishMany(
      Array.from({ length: count }, (_, k) => ({ hostAddress: WAN, hostPort: first + k, to, port: 80 })),
    );
  const [few, many] = [await publishFrom(1000, 3), await publishFrom(2000, 60)];
  const name = 'ip netloom-web published';
  for (const first of [1000, 2000]) {
    await sh(host, `nft delete element ${name} '{ ${WAN} . tcp . ${first}, ${WAN} . tcp . ${first + 1} }'`);
    await sh(host, `nft add element ${name} '{ ${WAN} . tcp . ${first} : 10.73.0.99 . 1 }'`);
  }
  await Promise.all(few.map((publication) => publication.delete()));
  await Promise.all(many.map((publication) => publication.delete()));
  expect((await published(host)).sort()).toEqual([1000, 2000]);
});

test.each([80, 81])(
  'a port published anew, to port %i, is withdrawn once by both its publications',
  async (port) => {
    const { host } = await lab({ named: true });
    await using network = await Network.create({ ...spec, host });
    const to = await network.attach(scratchName());
    const rule = { hostAddress: WAN, hostPort: 80, to, port: 80 };
    const first = await network.publish(rule);
    await first.delete();
    const second = await network.publish({ ...rule, port });
    await Promise.all([first.delete(), second.delete()]);
    expect(await published(host)).toEqual([]);
    expect((await network.inspect()).publications).toEqual([]);
  },
);

import fs from 'node:fs';
import { Network, type Endpoint } from '../../../../src';
import { ended, lab, namedHost, needTools, scratchHost, scratchName, tool, type Lab } from '../../../support';

needTools('cat', 'getent', 'ip', 'mount', 'setpriv');

const GATEWAY = '10.68.0.1';
const OF_NETWORK = `search lab\nnameserver ${GATEWAY}\n`;

async function make({ host }: Lab): Promise<{ network: Network; web: Endpoint; client: Endpoint }> {
  const spec = {
    name: 'lab',
    subnet: '10.68.0.0/24',
    host,
    dns: { upstreams: ['192.0.2.99'], timeoutMs: 100 },
  };
  const network = await Network.create(spec);
  const [web, client] = await network.attachMany(['web', 'client']);
  return { network, web, client };
}

// As a program asks, by the C library.
async function getent({ netns }: Endpoint, name: string, options = {}): Promise<string> {
  return (await netns.exec('getent', ['ahostsv4', name], options)).stdout.split(/\s/)[0] ?? '';
}

const resolvConfOf = async ({ netns }: Pick<Endpoint, 'netns'>, options = {}): Promise<string> =>
  (await netns.exec('cat', ['/etc/resolv.conf'], options)).stdout;

test('a child finds the names of its network, and no trace of that is left', async () => {
  const scene = await lab();
  const { network, web, client } = await make(scene);
  const machine = fs.readFileSync('/etc/resolv.conf', 'utf8');
  const mounts = fs.readFileSync('/proc/self/mountinfo', 'utf8');
  for (const name of ['web', 'WEB.lab']) expect(await getent(client, name)).toBe(web.address);
  expect(await getent(client, 'web', { user: 'nobody', resolver: true })).toBe(web.address);
  expect(await getent(client, 'web', { sys: true })).toBe(web.address);
  expect(await resolvConfOf(client)).toBe(OF_NETWORK);
  expect(await resolvConfOf(client, { resolver: false })).toBe(machine);
  expect(await resolvConfOf(client, { resolver: '192.0.2.53' })).toBe('nameserver 192.0.2.53\n');
  expect(fs.readFileSync('/etc/resolv.conf', 'utf8')).toBe(machine);
  expect(fs.readFileSync('/proc/self/mountinfo', 'utf8')).toBe(mounts);

  // Whatever the umask of this process: the file is for everybody to read.
  const umask = process.umask(0o077);
  expect(await resolvConfOf(client, { user: 'nobody' })).toBe(OF_NETWORK);
  process.umask(umask);

  await network.detach(client);
  await network.delete();
});

test('what a child mounts elsewhere appears outside, and the other way round', async () => {
  const scene = await lab();
  const { network, client } = await make(scene);
  const shared = fs.mkdtempSync('/run/netloom-shared-');
  await tool('mount', ['-t', 'tmpfs', 'tmpfs', shared]);
  await tool('mount', ['--make-shared', shared]);
  fs.mkdirSync(`${shared}/inner`);
  await client.netns.exec('mount', ['-t', 'tmpfs', 'tmpfs', `${shared}/inner`]);
  expect((await tool('findmnt', ['-n', '-o', 'FSTYPE', `${shared}/inner`])).stdout).toBe('tmpfs\n');
  await tool('umount', ['-R', shared]);
  fs.rmdirSync(shared);
  await network.delete();
});

test.each([
  ['is absent', (): void => undefined],
  ['is a link that leads nowhere', (): void => fs.symlinkSync('/run/nowhere/stub.conf', '/etc/resolv.conf')],
  ['is a link to itself', (): void => fs.symlinkSync('resolv.conf', '/etc/resolv.conf')],
])(
  'a child finds the names of its network where /etc/resolv.conf %s, which stays so',
  async (_how, change) => {
    const scene = await lab();
    const { network, web, client } = await make(scene);
    fs.renameSync('/etc/resolv.conf', '/etc/resolv.conf.aside');
    try {
      change();
      const before = fs
        .readdirSync('/etc', { withFileTypes: true })
        .map((entry) => [entry.name, entry.isFile()]);
      const mounts = fs.readFileSync('/proc/self/mountinfo', 'utf8');
      expect(await getent(client, 'web')).toBe(web.address);
      expect(await getent(client, 'web', { user: 'nobody', resolver: true })).toBe(web.address);
      expect(await resolvConfOf(client)).toBe(OF_NETWORK);
      // All else is as it was, and what is written to it is the machine's.
      expect((await client.netns.exec('ls', ['-A', '/etc'])).stdout.trim().split('\n').sort()).toEqual(
        [...new Set([...fs.readdirSync('/etc'), 'resolv.conf'])].sort(),
      );
      expect((await client.netns.exec('cat', ['/etc/passwd'])).stdout).toBe(
        fs.readFileSync('/etc/passwd', 'utf8'),
      );
      expect(
        fs.readdirSync('/etc', { withFileTypes: true }).map((entry) => [entry.name, entry.isFile()]),
      ).toEqual(before);
      expect(fs.readFileSync('/proc/self/mountinfo', 'utf8')).toBe(mounts);
    } finally {
      fs.rmSync('/etc/resolv.conf', { force: true });
      fs.renameSync('/etc/resolv.conf.aside', '/etc/resolv.conf');
      await network.delete();
    }
  },
);

test('services of the machine that answer for names are hidden', async () => {
  const scene = await lab();
  const { network, client } = await make(scene);
  fs.mkdirSync('/run/nscd', { recursive: true });
  fs.writeFileSync('/run/nscd/socket', 'the machine');
  const look = ['-c', 'cat /run/nscd/socket'];
  expect((await client.netns.exec('sh', look)).stdout).toBe('');
  expect((await client.netns.exec('sh', look, { resolver: false })).stdout).toBe('the machine');
  fs.rmSync('/run/nscd', { recursive: true });
  await network.delete();
});

test('a file under /etc/netns comes first, and etc before all', async () => {
  const scene = await lab({ named: true });
  const name = scratchName();
  const network = await Network.create({
    ...{ name: 'lab', subnet: '10.68.0.0/24', host: scene.host, lifetime: 'persistent' },
    dns: { upstreams: ['192.0.2.99'], files: false },
  });
  const endpoint = await network.attach(name);
  fs.mkdirSync(`/etc/netns/${name}`, { recursive: true });
  fs.writeFileSync(`/etc/netns/${name}/resolv.conf`, 'nameserver 192.0.2.7\n');
  expect(await resolvConfOf(endpoint)).toBe('nameserver 192.0.2.7\n');
  expect(await resolvConfOf(endpoint, { etc: true, resolver: '192.0.2.8' })).toBe('nameserver 192.0.2.7\n');
  fs.rmSync(`/etc/netns/${name}`, { recursive: true });
  expect(await resolvConfOf(endpoint)).toBe(OF_NETWORK);
  await network.delete();
});

test('what cannot be is refused, and what the system forbids is said where it was asked for', async () => {
  const [ns, named] = [await scratchHost(), await namedHost()];
  for (const [resolver, problem] of [
    [
      true,
      /resolver: must be the address of a DNS server: true needs a namespace on a network with a resolver/,
    ],
    ['here', /resolver: must be the address of a DNS server, such as "192\.0\.2\.53".*here/],
    [1 as never, /resolver: must be true, false or the address of a DNS server/],
  ] as const) {
    for (const one of [ns, named]) expect(() => one.spawn('true', [], { resolver })).toThrow(problem);
  }
  // A seccomp filter or a security module says the same.
  const launcher = `${process.cwd()}/build/Release/launcher`;
  const without = ['--bounding-set=-all', '--inh-caps=-all', launcher];
  const show = (order: string): ReturnType<typeof ended> =>
    ended(
      ns.spawn('setpriv', [
        ...without,
        `${order}=nameserver 192.0.2.5\n`,
        '--',
        'cat',
        'cat',
        '/etc/resolv.conf',
      ]),
    );
  expect(await show('--resolv-conf')).toMatchObject({
    ...{ code: 125, stderr: 'netloom: unshare: Operation not permitted\n' },
  });
  expect(await show('--try-resolv-conf')).toMatchObject({
    ...{ code: 0, stdout: fs.readFileSync('/etc/resolv.conf', 'utf8'), stderr: '' },
  });
});

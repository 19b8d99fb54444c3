import fs from 'node:fs';
import { gc, Network, NetworkNamespace } from '../../../../src';
import { writeIntent } from '../../../../src/network/journal/intents';
import {
  BEYOND,
  dig,
  keep,
  lab,
  machineSnapshot,
  needTools,
  netlinkError,
  scratchName,
  serveNames,
  tool,
  type Lab,
} from '../../../support';

needTools('ip', 'dig', 'getent');

const GATEWAY = '10.68.0.1';

const make = async ({ host }: Lab, files = true): Promise<Network> =>
  Network.create({
    name: 'lab',
    subnet: '10.68.0.0/24',
    host,
    lifetime: 'persistent',
    dns: { upstreams: [BEYOND], files },
  });

const fileOf = (name: string): string => `/etc/netns/${name}/resolv.conf`;

// Every name is asked as a program would ask, by the C library.
async function getent(name: string, host: string): Promise<string> {
  return (await tool('ip', ['netns', 'exec', name, 'getent', 'ahostsv4', host])).stdout.split(/\s/)[0] ?? '';
}

afterEach(() => {
  // The machine's own are out of reach: /etc is the scratch host's.
  const left = fs.existsSync('/etc/netns') ? fs.readdirSync('/etc/netns') : [];
  expect(left).toEqual([]);
});

test('`ip netns exec` finds the resolver without further steps', async () => {
  const scene = await lab({ named: true });
  const machine = machineSnapshot();
  const upstream = await serveNames(scene.internet, 'upstream', BEYOND);
  const network = await make(scene);
  const [web, client] = [await network.attach(scratchName()), await network.attach(scratchName())];
  expect(await getent(client.name, web.name)).toBe(web.address);
  expect(await getent(client.name, `${web.name}.lab`)).toBe(web.address);
  expect(await getent(client.name, 'example.test')).toBe('203.0.113.5');
  await network.detach(web);
  expect([fs.existsSync(fileOf(web.name)), fs.existsSync(fileOf(client.name))]).toEqual([false, true]);
  await expect(getent(client.name, web.name)).rejects.toThrow();
  await upstream.stop();
  await network.delete();
  expect(machineSnapshot()).toEqual(machine);
});

test('a file of somebody else is left alone; one of a time before the restart is replaced', async () => {
  const scene = await lab();
  const network = await make(scene);
  const [foreign, stale] = [scratchName(), scratchName()];
  for (const name of [foreign, stale]) fs.mkdirSync(`/etc/netns/${name}`, { recursive: true });
  fs.writeFileSync(fileOf(foreign), 'nameserver 192.0.2.53\n');
  fs.writeFileSync(fileOf(stale), '# netloom: network other of host 7\nnameserver 10.9.0.1\n');
  const [a, b] = [await network.attach(foreign), await network.attach(stale)];
  expect(fs.readFileSync(fileOf(stale), 'utf8')).toMatch(/^search lab\b.*\nnameserver 10\.68\.0\.1$/m);
  await network.detach([a, b]);
  expect([fs.existsSync(fileOf(foreign)), fs.existsSync(fileOf(stale))]).toEqual([true, false]);
  expect(fs.readFileSync(fileOf(foreign), 'utf8')).toBe('nameserver 192.0.2.53\n');
  await network.delete();
  fs.rmSync('/etc/netns', { recursive: true });
});

test('an attach that fails leaves no file, and not without the file of one that is there', async () => {
  const scene = await lab();
  const network = await make(scene);
  const { name } = await network.attach(scratchName());
  expect(await netlinkError(network.attach(name))).toMatchObject({ code: 'EEXIST' });
  expect(fs.existsSync(fileOf(name))).toBe(true);
  const taken = keep(await NetworkNamespace.create(scratchName())).name!;
  expect(await netlinkError(network.attach(taken))).toMatchObject({ code: 'EEXIST' });
  expect(fs.existsSync(fileOf(taken))).toBe(false);
  await network.delete();
});

test('where /etc cannot be written the error says what helps; without files it is not touched', async () => {
  const scene = await lab();
  const network = await make(scene);
  fs.writeFileSync('/etc/netns', '');
  const error = await netlinkError(network.attach(scratchName()));
  expect(error).toMatchObject({
    operation: 'network.attach',
    object: expect.stringContaining('/etc/netns/'),
  });
  expect(error.message).toMatch(/dns: \{ files: false \}/);
  await network.delete();
  const without = await make(scene, false);
  await without.attach(scratchName());
  await without.delete();
  fs.rmSync('/etc/netns');
});

test('who opens the network serves it too, and goes on when its maker lets go', async () => {
  const scene = await lab();
  const made = await make(scene);
  const { name, address } = await made.attach(scratchName());
  const opened = await Network.open('lab', { host: scene.host });
  expect((await opened.inspect()).dns?.serving).toBe(true);
  await made.close();
  expect(await dig(scene.host, `@${GATEWAY}`, name)).toEqual([address]);
  await opened.delete();
  expect(fs.existsSync(fileOf(name))).toBe(false);
});

test('gc() removes the files of what a killed process left, at whatever moment it was killed', async () => {
  const scene = await lab();
  const network = await make(scene);
  const names = [scratchName(), scratchName(), scratchName()] as const;
  await network.attachMany(names);
  const [, drafting, starting] = names;
  const draft = `${fileOf(drafting)}.c0ffee.draft`;
  fs.renameSync(fileOf(drafting), draft);
  fs.truncateSync(draft);
  fs.rmSync(fileOf(starting));
  const intent = writeIntent({ host: String(scene.host.cookie), network: 'lab', action: 'delete' });
  // A process of that number lives, but it began at another time.
  const owner = { ...intent.owner, startTime: '1' };
  fs.writeFileSync(`/run/netloom/intents/${intent.id}.json`, JSON.stringify({ ...intent, owner }));
  await network.close();
  const files = [fileOf(names[0]), draft].map((file) => `file ${file}`);
  expect((await gc({ host: scene.host, dryRun: true })).removed).toEqual(expect.arrayContaining(files));
  expect(fs.existsSync(fileOf(names[0]))).toBe(true);
  expect((await gc({ host: scene.host })).removed).toEqual(expect.arrayContaining(files));
});

test('a file that cannot be read is named when its endpoint is detached, and stays', async () => {
  const scene = await lab();
  const network = await make(scene);
  const endpoint = await network.attach(scratchName());
  const file = fileOf(endpoint.name);
  const open = fs.openSync;
  // As for a user without rights; the tests' own has them.
  const refusing = jest.spyOn(fs, 'openSync').mockImplementation((...args) => {
    if (args[0] !== file) return open(...args);
    throw Object.assign(new Error('refused'), { code: 'EACCES', errno: -13 });
  });
  const error = await netlinkError(network.detach(endpoint));
  refusing.mockRestore();
  expect(error).toMatchObject({ code: 'EACCES', operation: 'network.detach', object: file });
  expect(error.message).toContain('remove the file');
  // The endpoint is gone by then.
  expect(network.endpoints).toEqual([]);
  expect((await tool('ip', ['netns', 'list'])).stdout).not.toContain(endpoint.name);
  await network.detach(endpoint);
  expect(fs.existsSync(file)).toBe(true);
  fs.rmSync(file);
  fs.rmdirSync(`/etc/netns/${endpoint.name}`);
  await network.delete();
  fs.rmSync('/etc/netns', { recursive: true, force: true });
});

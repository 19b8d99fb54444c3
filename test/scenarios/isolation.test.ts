import { once } from 'node:events';
import { spawn, type ChildProcess } from 'node:child_process';
import { connectNamespaces, type Endpoint, Network, NetworkNamespace } from '../../src';
import { badLine, linkDown, partition } from '../../src/testing';
import {
  BEYOND,
  ended,
  eventually,
  fetchText,
  ipJson,
  jestRun,
  type Json,
  keep,
  lab,
  needTools,
  NETLOOM_ENVIRONMENT,
  nftJson,
  nodeCommand,
  ping,
  reaches,
  run,
  scratchHost,
  sh,
  tool,
  WAN,
} from '../support';
import { daemon } from './daemon';
import { partOf, scenario } from './scenario';

needTools('ip', 'nft', 'ping', 'curl', 'unshare', 'setpriv', 'sysctl');

const NOBODY = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', '--inh-caps', '-all'];
const UNSHARE = [...NOBODY, '--', 'unshare', '-U', '-r', '-n'];

/** A program of a plain user, root of a user namespace of its own, that uses the library; it ends with its input. */
class Unprivileged implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  constructor() {
    const [command = '', ...args] = [...UNSHARE, ...nodeCommand('unshared')];
    this.#child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#ended = once(this.#child, 'close');
  }

  /** unshare and setpriv become the program, so that this is its own. */
  get pid(): number {
    return this.#child.pid!;
  }

  async ask(question: object = {}): Promise<Json> {
    this.#child.stdin!.write(`${JSON.stringify(question)}\n`);
    const [line] = (await once(this.#child.stdout!.setEncoding('utf8'), 'data')) as [string];
    return JSON.parse(line);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin!.end();
    await this.#ended;
  }
}

/** Runs a program inside, until the block that holds it ends. */
function user(netns: NetworkNamespace): { pid: number } & AsyncDisposable {
  const child = netns.spawn('sleep', ['60'], { stdio: 'ignore' });
  const gone = once(child, 'exit');
  return {
    pid: child.pid!,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await gone;
    },
  };
}

/** The tutorial's two directly linked nodes. */
async function linked(): Promise<[NetworkNamespace, NetworkNamespace]> {
  const nodes = [await scratchHost(), await scratchHost()] as [NetworkNamespace, NetworkNamespace];
  const [one, two] = nodes;
  await one.rtnl.link.add({ ifname: 'veth0', kind: 'veth', peer: { ifname: 'veth1', netns: two } });
  for (const [index, { rtnl }] of nodes.entries()) {
    await rtnl.addr.add({ dev: `veth${index}`, address: `10.0.2.${index + 1}/24`, broadcast: 'auto' });
    await rtnl.link.set({ ifname: `veth${index}`, up: true });
  }
  return nodes;
}

async function deviceNames(netns: NetworkNamespace): Promise<string[]> {
  return (await ipJson(netns, 'link')).map(({ ifname }) => ifname as string);
}

scenario('1.1', async () => {
  const host = await scratchHost();
  {
    await using program = new Unprivileged();
    expect(await program.ask()).toEqual({ links: ['lo'] });
    expect(await program.ask({ make: true })).toMatchObject({ inside: ['lo', 'eth0'] });
    await eventually('what it made is gone', async () => (await program.ask()).links.length === 1);
    // A link into its namespace tells of the end of that.
    const peer = { ifname: 'inside', netns: { pid: program.pid } };
    await host.rtnl.link.add({ ifname: 'probe', kind: 'veth', peer });
    expect(await deviceNames(host)).toEqual(['lo', 'probe']);
  }
  await eventually('the namespace is gone', async () => (await deviceNames(host)).length === 1);
});

scenario('1.2', async () => {
  // Made by a process that ends, it stays.
  expect(await ended(spawn('env', nodeCommand('keep-one', ['vns1']).slice(1)))).toMatchObject({ code: 0 });
  const vns1 = keep(await NetworkNamespace.open('vns1'));
  const { stdout } = await tool('ip', ['-j', '-n', 'vns1', 'link']);
  expect(JSON.parse(stdout)).toMatchObject([{ ifname: 'lo' }]);
  await vns1.delete();
  expect((await tool('ip', ['netns', 'list'])).stdout).not.toContain('vns1');
});

partOf('1.3', 'tests that listen on the same port run in parallel', async () => {
  const [one, two] = [await scratchHost(), await scratchHost()];
  await using _first = await daemon(one, { port: 8080 }, 'one');
  await using _second = await daemon(two, { port: 8080 }, 'two');
  expect(await fetchText(one, '127.0.0.1:8080')).toBe('one 0 127.0.0.1');
  expect(await fetchText(two, '127.0.0.1:8080')).toBe('two 0 127.0.0.1');
  // Files of a test runner, each in a namespace of its own: they meet while both listen on port 3000.
  const files = '/(one|two)\\.test\\.js$';
  const { output, code } = await jestRun(files, { testEnvironment: NETLOOM_ENVIRONMENT });
  expect(output).toContain('Tests:       2 passed, 2 total');
  expect(code).toBe(0);
});

partOf('1.3', 'a build without network', async () => {
  const node = await scratchHost();
  const built = await node.exec('sh', [
    '-ec',
    'echo "int main() {}" | g++ -fsyntax-only -x c++ - && echo built',
  ]);
  expect(built.stdout).toBe('built\n');
  const fetching = node.exec('curl', ['-sS', '--max-time', '3', `http://${BEYOND}/source.tar.gz`]);
  // curl's "could not connect": the kernel refused at once, no time ran out.
  await expect(fetching).rejects.toMatchObject({ code: 7 });
});

partOf('1.3', 'an untrusted program cannot send anything', async () => {
  const { host, internet } = await lab();
  // Nobody listens there, and the kernel counts what arrives all the same.
  const received = async (): Promise<number> =>
    Number((await sh(internet, "awk '/^Udp: [0-9]/ { print $3 }' /proc/net/snmp")).stdout);
  const send = `require('dgram').createSocket('udp4').send('secret', 9, '${BEYOND}', (error) =>
    process.exit(error?.code === 'ENETUNREACH' ? 7 : 0))`;
  const before = await received();
  const node = await scratchHost();
  await expect(node.exec(process.execPath, ['-e', send])).rejects.toMatchObject({ code: 7 });
  expect(await received()).toBe(before);
  // The same program elsewhere.
  await host.exec(process.execPath, ['-e', send]);
  await eventually('the packet arrives', async () => (await received()) > before);
});

partOf('1.3', 'a program is tested against lost connectivity', async () => {
  const { host } = await lab();
  await using network = await Network.create({ name: 'faulty', subnet: '10.7.0.0/24', host });
  const [program, service, other] = await network.attachMany(['program', 'service', 'other']);
  await using _service = await daemon(service.netns, { port: 80 }, 'service');
  await using _other = await daemon(other.netns, { port: 80 }, 'other');
  const ask = async (of: Endpoint): Promise<string> => fetchText(program.netns, of.address);
  const good = `service 0 ${program.address}`;
  expect(await ask(service)).toBe(good);
  {
    await using _fault = await partition(program, service);
    await expect(ask(service)).rejects.toThrow(/timed out|timeout/i);
    expect(await ask(other)).toBe(`other 0 ${program.address}`);
  }
  {
    await using _fault = await linkDown(program);
    await expect(ask(service)).rejects.toThrow(/Failed to connect|Couldn't connect|unreachable/i);
  }
  {
    // Slow, and good enough for a few words.
    await using _fault = await badLine(program, { rate: 1_000_000 });
    expect(await ask(service)).toBe(good);
  }
  expect(await ask(service)).toBe(good);
});

partOf('1.4', 'both belong to one user namespace', async () => {
  const [one, two] = [await scratchHost(), await scratchHost()];
  await using process = user(two);
  await connectNamespaces(
    { netns: one, ifname: 'veth0', address: '10.0.2.1/24' },
    { netns: { pid: process.pid }, ifname: 'veth1', address: '10.0.2.2/24' },
  );
  expect(await deviceNames(one)).toEqual(['lo', 'veth0']);
  expect(await deviceNames(two)).toEqual(['lo', 'veth1']);
  await ping(one, '10.0.2.2');
  await ping(two, '10.0.2.1');
});

partOf('1.4', 'between sibling user namespaces the kernel refuses', async () => {
  await using one = new Unprivileged();
  await using two = new Unprivileged();
  await two.ask();
  const answer = await one.ask({ join: two.pid });
  expect(answer.kernel).toBe('EPERM');
  expect(answer.explained).toMatch(/must be root in the user namespace that owns both namespaces/);
  expect(answer.links).toEqual(['lo']);
});

scenario('1.5', async () => {
  const [one, two] = await linked();
  for (const netns of [one, two]) {
    const [judge] = await ipJson(netns, 'link', 'show', 'type', 'veth');
    const [found] = await netns.rtnl.link.list({ kind: 'veth' });
    expect(judge.link_netnsid).toBe(0);
    expect(found).toMatchObject({
      ...{ ifname: judge.ifname, index: judge.ifindex, link: judge.link_index },
      linkNetnsid: judge.link_netnsid,
    });
  }
});

scenario('1.6', async () => {
  const nodes = await linked();
  for (const [index, netns] of nodes.entries()) {
    const [loopback, veth] = await ipJson(netns, '-4', 'addr');
    expect(loopback.flags).toContain('UP');
    expect(veth.addr_info).toMatchObject([
      { local: `10.0.2.${index + 1}`, prefixlen: 24, broadcast: '10.0.2.255' },
    ]);
    await ping(netns, '127.0.0.1');
  }
  await ping(nodes[0], '10.0.2.2');
  await ping(nodes[1], '10.0.2.1');
});

scenario('1.7', async () => {
  const { host } = await lab();
  const [one] = await linked();
  await ping(one, '10.0.2.2');
  expect(await reaches(host, '10.0.2.1')).toBe(false);
  expect(await reaches(host, '10.0.2.2')).toBe(false);
});

/** The tutorial's bridge and three nodes on it, placed by the processes inside. */
async function mesh(host: NetworkNamespace): Promise<NetworkNamespace[]> {
  await host.rtnl.link.add({ ifname: 'virbr100500', kind: 'bridge', up: true });
  const nodes = [await scratchHost(), await scratchHost(), await scratchHost()];
  for (const [index, netns] of nodes.entries()) {
    await using process = user(netns);
    const peer = { ifname: `veth${2 * index + 1}`, netns: { pid: process.pid } };
    const outer = { ifname: `veth${2 * index}`, kind: 'veth', master: 'virbr100500', up: true } as const;
    await host.rtnl.link.add({ ...outer, peer });
    await netns.rtnl.addr.add({ dev: peer.ifname, address: `10.0.2.${index + 1}/24`, broadcast: 'auto' });
    await netns.rtnl.link.set({ ifname: peer.ifname, up: true });
  }
  return nodes;
}

scenario('1.8', async () => {
  const host = await scratchHost();
  const nodes = await mesh(host);
  const ports = await ipJson(host, 'link', 'show', 'master', 'virbr100500');
  expect(ports.map(({ ifname }) => ifname)).toEqual(['veth0', 'veth2', 'veth4']);
  for (const from of nodes) for (const to of [1, 2, 3]) await ping(from, `10.0.2.${to}`);
});

scenario('1.9', async () => {
  const host = await scratchHost();
  const [first] = await mesh(host);
  await ping(first!, '10.0.2.3');
  for (const to of [1, 2, 3]) expect(await reaches(host, `10.0.2.${to}`)).toBe(false);
});

/** The same bridge as a network, with its way to the internet. */
function network(host: NetworkNamespace): Promise<Network> {
  const spec = { name: 'virbr100500', bridge: 'virbr100500', subnet: '10.0.2.0/24', gateway: '10.0.2.254' };
  return Network.create({ ...spec, host });
}

scenario('1.10', async () => {
  const { host, internet } = await lab();
  await using made = await network(host);
  const endpoints = await made.attachMany(3);
  const [device] = await ipJson(host, '-4', 'addr', 'show', 'virbr100500');
  expect(device.addr_info).toMatchObject([{ local: '10.0.2.254', prefixlen: 24, broadcast: '10.0.2.255' }]);
  for (const name of ['virbr100500', 'wan0']) {
    const { stdout } = await run(host, 'sysctl', ['-n', `net.ipv4.conf.${name}.forwarding`]);
    expect(stdout.trim()).toBe('1');
  }
  // Where forwards are dropped by default, the answers need a rule as well: the tutorial accepts only one direction.
  const forward = (await nftJson(host)).filter(({ rule }) => rule?.chain === 'forward');
  const answers = { match: { op: 'in', left: { ct: { key: 'state' } }, right: ['established', 'related'] } };
  expect(forward.map(({ rule }) => rule.expr)).toContainEqual([answers, { accept: null }]);

  await using _server = await daemon(internet, { port: 80 }, 'internet');
  for (const { netns } of endpoints) expect(await fetchText(netns, BEYOND)).toBe(`internet 0 ${WAN}`);
  await run(internet, 'ip', ['route', 'add', '10.0.2.0/24', 'via', WAN]);
  for (const { address } of endpoints) expect(await reaches(internet, address)).toBe(false);
});

scenario('1.11', async () => {
  const { host } = await lab();
  await using made = await network(host);
  for (const { netns, ifname } of await made.attachMany(3)) {
    const routes = await ipJson(netns, 'route', 'show', 'default');
    expect(routes).toMatchObject([{ dst: 'default', gateway: '10.0.2.254', dev: ifname }]);
    await ping(netns, BEYOND);
  }
});

/** A namespace whose end shows by the end of a link into it, which by itself does not keep it. */
async function watched(host: NetworkNamespace, name?: string): Promise<NetworkNamespace> {
  const netns = await NetworkNamespace.create(name);
  await host.rtnl.link.add({ ifname: 'probe', kind: 'veth', peer: { ifname: 'inside', netns } });
  return netns;
}

async function isAlive(host: NetworkNamespace): Promise<boolean> {
  return (await deviceNames(host)).includes('probe');
}

partOf('1.12', 'process', async () => {
  const host = await scratchHost();
  const netns = await watched(host);
  {
    await using _last = user(netns);
    await netns.close();
    expect(await isAlive(host)).toBe(true);
  }
  await eventually('the namespace is gone', async () => !(await isAlive(host)));
});

partOf('1.12', 'descriptor', async () => {
  const host = await scratchHost();
  const netns = await watched(host);
  expect(await isAlive(host)).toBe(true);
  await netns.close();
  await eventually('the namespace is gone', async () => !(await isAlive(host)));
});

partOf('1.12', 'mount', async () => {
  const host = await scratchHost();
  const netns = await watched(host, 'mounted');
  await netns.close();
  expect(await isAlive(host)).toBe(true);
  await tool('ip', ['netns', 'delete', 'mounted']);
  await eventually('the namespace is gone', async () => !(await isAlive(host)));
});

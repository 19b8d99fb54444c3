// The judges are the kernel's own name for the thread's namespace, `ip`, `ping` and real connections.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { badLine, limitMtu, linkDown, partition, withNamespace, withNetwork } from '../../../src/testing';
import { Network, NetworkNamespace } from '../../../src';
import { ipJson, lab, needTools, ping, run, scratchName } from '../../support';

needTools('ip', 'ping', 'nft', 'ss', 'tc');

const here = (): string => fs.readlinkSync('/proc/thread-self/ns/net');
const call = promisify(execFile);

async function isReached(from: NetworkNamespace, address: string): Promise<boolean> {
  return run(from, 'ping', ['-n', '-c', '1', '-W', '1', address]).then(
    () => true,
    () => false,
  );
}

describe('withNamespace', () => {
  test("sockets and children of the test's own thread are inside, and the thread is home after", async () => {
    const home = here();
    const answer = await withNamespace(async ({ netns }) => {
      expect(here()).not.toBe(home);
      expect(fs.readlinkSync(`/proc/self/fd/${netns.fd}`)).toBe(here());
      const server = net.createServer((socket) => socket.end('inside')).listen(80, '127.0.0.1');
      await once(server, 'listening');
      const [data] = (await once(net.connect(80, '127.0.0.1'), 'data')) as [Buffer];
      await new Promise((resolve) => server.close(resolve));
      const { stdout } = await call('ip', ['-j', 'link']);
      expect(JSON.parse(stdout)).toHaveLength(1);
      return String(data);
    });
    expect(answer).toBe('inside');
    expect(here()).toBe(home);
  });

  test('a test that fails comes home too, and a second one beside it is refused', async () => {
    const home = here();
    const failing = withNamespace(async () => {
      await expect(withNamespace(() => undefined)).rejects.toThrow(/inside the namespace of another test/);
      throw new Error('the test failed');
    });
    await expect(failing).rejects.toThrow('the test failed');
    expect(here()).toBe(home);
    await expect(withNetwork({ subnet: 'none' }, () => undefined)).rejects.toMatchObject({
      code: 'ERR_VALIDATION',
    });
    expect(here()).toBe(home);
  });

  test('a test that fails with processes and a server left behind is told by its own failure', async () => {
    const ends: Promise<unknown>[] = [];
    const failing = withNetwork({ endpoints: ['server'] }, async ({ endpoints }) => {
      const child = endpoints.server.netns.spawn('sleep', ['600']);
      await once(child, 'spawn');
      ends.push(once(child, 'exit'));
      throw new Error('the test failed');
    });
    await expect(failing).rejects.toThrow('the test failed');
    expect(await Promise.all(ends)).toEqual([[null, 'SIGKILL']]);
  });

  test('a server that is left open goes on listening: shut down, it would keep the event loop busy', async () => {
    const server = net.createServer();
    const left = await withNamespace(async ({ netns }) => {
      await once(server.listen(3000), 'listening');
      return NetworkNamespace.open({ fd: netns.fd });
    });
    const { stdout } = await run(left, 'ss', ['-Hltn', 'sport = 3000']);
    expect(stdout).toContain('LISTEN');
    server.close();
    await left.close();
  });

  test('in node:test, around a whole file', async () => {
    const program = path.join(__dirname, '../../programs/runner.mjs');
    const { stdout } = await call(process.execPath, ['--test', '--test-reporter=tap', program]);
    expect(stdout).toContain('# pass 2');
    expect(stdout).toContain('# fail 0');
  });
});

describe('faults', () => {
  test('a link goes down, and comes back with its routes', () =>
    withNetwork({ endpoints: ['server'] }, async ({ netns, endpoint, endpoints }) => {
      const { index } = await netns.rtnl.link.get({ ifname: endpoint.ifname });
      await netns.rtnl.neigh.add({ to: '10.0.0.200', lladdr: '02:00:00:00:00:c8', dev: index });
      const routes = async (): Promise<unknown> => ipJson(netns, 'route');
      const permanent = async (): Promise<string> =>
        (await run(netns, 'ip', ['neigh', 'show', 'nud', 'permanent'])).stdout;
      const neighbours = await permanent();
      expect(neighbours).toContain('10.0.0.200');
      const before = await routes();
      expect(before).toHaveLength(2);
      const fault = await linkDown(endpoint);
      await expect(once(net.connect(80, endpoints.server.address), 'connect')).rejects.toMatchObject({
        code: 'ENETUNREACH',
      });
      await fault.heal();
      await fault.heal();
      expect(await routes()).toEqual(before);
      expect(await permanent()).toBe(neighbours);
      await ping(netns, endpoints.server.address);
    }));

  test.each([
    { mode: 'bridge', lifetime: 'process' },
    { mode: 'routed', lifetime: 'process' },
    { mode: 'routed', lifetime: 'persistent' },
  ] as const)('a healed line of a network with the mode $mode, $lifetime, is as it was', async (kind) => {
    const { host } = await lab({ named: true });
    const spec = { name: scratchName(), subnet: '10.7.0.0/24', subnet6: 'fd00:7::/64', host, ...kind };
    const network = await Network.create(spec);
    const endpoint = await network.attach(scratchName());
    const state = async (): Promise<unknown> => {
      const addresses = await ipJson(endpoint.netns, 'addr', 'show', endpoint.ifname);
      const routes = [await ipJson(endpoint.netns, 'route'), await ipJson(endpoint.netns, '-6', 'route')];
      return { addresses, routes };
    };
    const before = await state();
    const fault = await linkDown(endpoint);
    expect(await state()).not.toEqual(before);
    await fault.heal();
    expect(await state()).toEqual(before);
    await ping(endpoint.netns, network.gateway);
    await network.delete();
  });

  test('the lines of many endpoints, down at once, are healed at once', async () => {
    const { host } = await lab({ named: true });
    const spec = { name: scratchName(), subnet: '10.7.0.0/24', subnet6: 'fd00:7::/64', host };
    const network = await Network.create(spec);
    const endpoints = await network.attachMany(30);
    const state = (): Promise<unknown[]> =>
      Promise.all(
        endpoints.map(async ({ netns, ifname }) => [
          await ipJson(netns, 'addr', 'show', ifname),
          await ipJson(netns, 'route'),
          await ipJson(netns, '-6', 'route'),
          (await run(netns, 'ip', ['neigh', 'show', 'nud', 'permanent'])).stdout.trim().split('\n').sort(),
        ]),
      );
    const before = await state();
    const faults = await Promise.all(endpoints.map((endpoint) => linkDown(endpoint)));
    for (const [addresses, ...routes] of (await state()) as [[{ operstate: string }], ...unknown[]][]) {
      expect(addresses[0].operstate).toBe('DOWN');
      expect(routes.slice(0, 1)).toEqual([[]]);
    }
    await Promise.all(faults.map((fault) => fault.heal()));
    expect(await state()).toEqual(before);
    await Promise.all(endpoints.map(({ netns }) => ping(netns, network.gateway)));
    await network.delete();
  });

  test('what the kernel refuses to heal can be healed later', () =>
    withNetwork({ endpoints: ['server'] }, async ({ netns, endpoint, endpoints }) => {
      const routes = (): Promise<unknown> => ipJson(netns, 'route');
      const before = await routes();
      const [{ addr_info }] = await ipJson(netns, '-4', 'addr', 'show', endpoint.ifname);
      const fault = await linkDown(endpoint);
      // Without the address there is no way to the gateway.
      await run(netns, 'ip', ['-4', 'addr', 'flush', 'dev', endpoint.ifname]);
      for (let attempt = 0; attempt < 2; attempt++)
        await expect(fault.heal()).rejects.toMatchObject({
          name: 'NetlinkError',
          operation: 'route.replace',
        });
      const { local, prefixlen, broadcast } = addr_info[0];
      const address = [`${local}/${prefixlen}`, ...(broadcast === undefined ? [] : ['broadcast', broadcast])];
      await run(netns, 'ip', ['addr', 'add', ...address, 'dev', endpoint.ifname]);
      await fault.heal();
      expect(await routes()).toEqual(before);
      await ping(netns, endpoints.server.address);

      const tables = async (): Promise<string> =>
        (await run(netns, 'nft', ['list', 'tables'])).stdout +
        (await run(endpoints.server.netns, 'nft', ['list', 'tables'])).stdout;
      const wall = await partition(endpoint, endpoints.server);
      const [, name = ''] = /table ip (\S+)/.exec(await tables()) ?? [];
      expect(name).toContain('partition');
      await run(netns, 'nft', ['delete', 'table', 'ip', name]);
      await expect(wall.heal()).rejects.toMatchObject({ code: 'ENOENT' });
      await run(netns, 'nft', ['add', 'table', 'ip', name]);
      await wall.heal();
      expect(await tables()).not.toContain('partition');
      await ping(netns, endpoints.server.address);
    }));

  test('a line that is healed carries the very next packet, however often it was down', () =>
    withNetwork({ endpoints: ['server'] }, async ({ netns, endpoint, endpoints }) => {
      const server = endpoints.server.address;
      for (let round = 0; round < 6; round++) {
        const fault = await linkDown(endpoint);
        await fault.heal();
        const [link] = await ipJson(netns, 'link', 'show', endpoint.ifname);
        expect(link.operstate).toBe('UP');
        // One packet, which nobody repeats.
        const socket = netns.createSocket('udp4');
        const answer = once(socket, 'message') as Promise<[Buffer]>;
        const echo = endpoints.server.netns.createSocket('udp4');
        await new Promise<void>((resolve) => echo.bind(7, server, resolve));
        echo.once('message', (text, from) => echo.send(text, from.port, from.address));
        await new Promise<void>((resolve) => socket.bind(0, resolve));
        socket.send(`round ${round}`, 7, server);
        expect(String((await answer)[0])).toBe(`round ${round}`);
        socket.close();
        echo.close();
      }
    }));

  test('two endpoints are parted, and both still reach the others', () =>
    withNetwork({ endpoints: ['a', 'b'] }, async ({ network, endpoints }) => {
      const { a, b } = endpoints;
      {
        await using _fault = await partition(a, b);
        expect(await isReached(a.netns, b.address)).toBe(false);
        expect(await isReached(b.netns, a.address)).toBe(false);
        await ping(a.netns, network.gateway);
        await ping(b.netns, network.gateway);
      }
      await ping(a.netns, b.address);
      expect((await run(a.netns, 'nft', ['list', 'ruleset'])).stdout).toBe('');
    }));

  test('an MTU and a bad line, and all as before', () =>
    withNetwork({}, async ({ netns, network, endpoint }) => {
      const big = ['-n', '-c', '1', '-W', '1', '-M', 'do', '-s', '1400', network.gateway];
      await run(netns, 'ping', big);
      const small = await limitMtu(endpoint, 1000);
      await expect(run(netns, 'ping', big)).rejects.toThrow(/too long|mtu/i);
      await small.heal();
      await run(netns, 'ping', big);
      const slow = await badLine(endpoint, { rate: 1_000_000 });
      expect((await run(netns, 'tc', ['qdisc'])).stdout).toContain('tbf');
      await slow.heal();
      expect((await run(netns, 'tc', ['qdisc'])).stdout).not.toContain('tbf');
    }));
});

import { ClosedError } from '../../../src/errors/errors';
import { Rtnl } from '../../../src/rtnl/rtnl';
import {
  type Inside,
  ipJson,
  isAutomatic,
  type Json,
  killed,
  namedHost,
  needTools,
  run,
  scratchHost,
  testSince,
} from '../../support';

needTools('ip', 'bridge', 'nsenter');

async function linkNames(ns: Inside): Promise<string[]> {
  return (await ipJson(ns, 'link')).map(({ ifname }: Json) => ifname as string);
}

describe('links', () => {
  test('a veth is born with its peer elsewhere: by object, name, path, descriptor and process', async () => {
    const host = await scratchHost();
    const named = await namedHost();
    const holder = await scratchHost();
    const child = holder.spawn('sleep', ['60'], { stdio: 'ignore' });
    const places = [
      named,
      named.name,
      { path: `/run/netns/${named.name}` },
      { fd: named.fd },
      { pid: child.pid as number },
    ];
    try {
      for (const [number, netns] of places.entries()) {
        const peer = { ifname: `in${number}`, netns };
        await host.rtnl.link.add({ ifname: `out${number}`, kind: 'veth', peer });
      }
    } finally {
      await killed(child);
    }
    expect(await linkNames(host)).toEqual(['lo', 'out0', 'out1', 'out2', 'out3', 'out4']);
    expect(await linkNames(named)).toEqual(['lo', 'in0', 'in1', 'in2', 'in3']);
    expect(await linkNames(holder)).toEqual(['lo', 'in4']);
  });

  testSince('6.2', 'echo answers with what the kernel made', async () => {
    const host = await scratchHost();
    const link = await host.rtnl.link.add({ ifname: 'br0', kind: 'bridge', up: true }, { echo: true });
    const [judge] = await ipJson(host, 'link', 'show', 'br0');
    expect(link).toMatchObject({
      ifname: 'br0',
      index: judge.ifindex,
      address: judge.address,
      kind: 'bridge',
    });
    await expect(host.rtnl.link.add({ ifname: 'br1', kind: 'bridge' })).resolves.toBeUndefined();
  });

  test('get by name, index and alternative name; set; rename; delete', async () => {
    const ns = await scratchHost();
    const altname = 'a-name-that-is-longer-than-fifteen';
    await ns.rtnl.link.add({ ifname: 'v0', kind: 'veth', peer: { ifname: 'v1' } });
    await ns.rtnl.altname.add({ ifname: 'v0', altnames: [altname] });
    const { index } = await ns.rtnl.link.get({ ifname: 'v0' });
    expect(await ns.rtnl.link.get({ index })).toMatchObject({ ifname: 'v0' });
    expect(await ns.rtnl.link.get({ altname })).toMatchObject({ index, altnames: [altname] });
    await ns.rtnl.link.set({ index, ifname: 'renamed' });
    await ns.rtnl.link.set({ ifname: 'renamed', mtu: 1400, up: true });
    const [judge] = await ipJson(ns, 'link', 'show', 'renamed');
    expect(judge).toMatchObject({ mtu: 1400, ifindex: index, altnames: [altname] });
    expect(judge.flags).toContain('UP');
    await ns.rtnl.altname.delete({ ifname: 'renamed', altnames: [altname] });
    expect((await ipJson(ns, 'link', 'show', 'renamed'))[0].altnames).toBeUndefined();
    await ns.rtnl.link.delete({ ifname: 'renamed' });
    expect(await linkNames(ns)).toEqual(['lo']);
  });

  test('a group goes at once; lists are narrowed by the kernel', async () => {
    const ns = await scratchHost();
    await ns.rtnl.link.add({ ifname: 'br0', kind: 'bridge' });
    for (const number of [1, 2, 3]) {
      const peer = { ifname: `p${number}` };
      await ns.rtnl.link.add({ ifname: `v${number}`, kind: 'veth', group: 7, master: 'br0', peer });
    }
    const ports = await ns.rtnl.link.list({ master: 'br0' });
    expect(ports.map(({ ifname }) => ifname)).toEqual(['v1', 'v2', 'v3']);
    expect((await ns.rtnl.link.list({ kind: 'bridge' })).map(({ ifname }) => ifname)).toEqual(['br0']);
    expect(await ns.rtnl.link.list()).toHaveLength(8);
    await ns.rtnl.link.delete({ group: 7 });
    expect(await linkNames(ns)).toEqual(['lo', 'br0']);
  });
});

describe('addresses', () => {
  test('broadcast, peers and IPv6 read as they were written', async () => {
    const ns = await scratchHost();
    const { rtnl } = ns;
    await rtnl.link.add({ ifname: 'v0', kind: 'veth', up: true, peer: { ifname: 'v1' } });
    await rtnl.addr.add({ dev: 'v0', address: '10.0.0.2/24', broadcast: 'auto' });
    await rtnl.addr.add({ dev: 'v0', address: '10.1.0.1/32', peer: '10.1.0.2' });
    await rtnl.addr.add({ dev: 'v0', address: 'fd00::2/64', flags: ['nodad'] });
    await rtnl.addr.add({ dev: 'lo', address: '127.0.0.9/8' });
    const judged = (await ipJson(ns, 'addr', 'show', 'dev', 'v0'))[0].addr_info as Json[];
    expect(judged).toMatchObject([
      { local: '10.0.0.2', prefixlen: 24, broadcast: '10.0.0.255', scope: 'global' },
      { local: '10.1.0.1', address: '10.1.0.2', prefixlen: 32 },
      { local: 'fd00::2', prefixlen: 64, nodad: true },
    ]);
    const loopback = (await ipJson(ns, 'addr', 'show', 'dev', 'lo'))[0].addr_info as Json[];
    expect(loopback).toContainEqual(expect.objectContaining({ local: '127.0.0.9', scope: 'host' }));
    const ours = (await rtnl.addr.list({ dev: 'v0' })).map(({ address, peer, broadcast }) => ({
      address,
      peer,
      broadcast,
    }));
    expect(ours).toEqual([
      { address: '10.0.0.2/24', broadcast: '10.0.0.255' },
      { address: '10.1.0.1/32', peer: '10.1.0.2' },
      { address: 'fd00::2/64' },
    ]);
  });

  test('flush leaves none, secondaries and IPv6 included, and other devices alone', async () => {
    const ns = await scratchHost();
    const { rtnl } = ns;
    await rtnl.link.add({ ifname: 'v0', kind: 'veth', up: true, peer: { ifname: 'v1' } });
    await rtnl.batch((batch) => {
      for (const host of [1, 2, 3, 4]) batch.addr.add({ dev: 'v0', address: `10.0.0.${host}/24` });
      batch.addr.add({ dev: 'v0', address: 'fd00::1/64' });
      batch.addr.add({ dev: 'v0', address: '10.1.0.1/32', peer: '10.1.0.2' });
      batch.addr.add({ dev: 'v1', address: '10.2.0.1/24' });
    });
    expect(await rtnl.addr.list({ dev: 'v0' })).toHaveLength(6);
    await rtnl.addr.flush({ dev: 'v0' });
    expect((await ipJson(ns, 'addr', 'show', 'dev', 'v0'))[0].addr_info).toEqual([]);
    expect((await ipJson(ns, 'addr', 'show', 'dev', 'v1'))[0].addr_info).toHaveLength(1);
  });
});

describe('routes, rules, neighbours, next hops', () => {
  async function router(): Promise<Awaited<ReturnType<typeof scratchHost>>> {
    const ns = await scratchHost();
    await ns.rtnl.link.add({ ifname: 'v0', kind: 'veth', up: true, peer: { ifname: 'v1' } });
    await ns.rtnl.link.set({ ifname: 'v1', up: true });
    await ns.rtnl.addr.add({ dev: 'v0', address: '10.0.0.1/24' });
    await ns.rtnl.addr.add({ dev: 'v0', address: 'fd00::1/64', flags: ['nodad'] });
    return ns;
  }

  test('routes have the defaults of ip', async () => {
    const ours = await router();
    const theirs = await router();
    const { route } = ours.rtnl;
    await route.add({ to: 'default', via: '10.0.0.254' });
    await run(theirs, 'ip', ['route', 'add', 'default', 'via', '10.0.0.254']);
    await route.add({ to: '10.9.0.0/16', dev: 'v0' });
    await run(theirs, 'ip', ['route', 'add', '10.9.0.0/16', 'dev', 'v0']);
    await route.add({ to: '10.8.0.0/16', type: 'blackhole' });
    await run(theirs, 'ip', ['route', 'add', 'blackhole', '10.8.0.0/16']);
    await route.add({ to: '10.7.0.0/16', type: 'local', dev: 'lo' });
    await run(theirs, 'ip', ['route', 'add', 'local', '10.7.0.0/16', 'dev', 'lo']);
    await route.add({ to: 'fd01::/64', via: 'fd00::2' });
    await run(theirs, 'ip', ['-6', 'route', 'add', 'fd01::/64', 'via', 'fd00::2']);
    await route.add({ to: '10.6.0.0/16', via: 'fd00::2', dev: 'v0' });
    await run(theirs, 'ip', ['route', 'add', '10.6.0.0/16', 'via', 'inet6', 'fd00::2', 'dev', 'v0']);
    await route.add({
      to: '10.5.0.0/16',
      multipath: [
        { via: '10.0.0.2', weight: 3 },
        { via: 'fd00::3', dev: 'v0' },
      ],
    });
    const hops = [
      'nexthop',
      'via',
      '10.0.0.2',
      'weight',
      '3',
      'nexthop',
      'via',
      'inet6',
      'fd00::3',
      'dev',
      'v0',
    ];
    await run(theirs, 'ip', ['route', 'add', '10.5.0.0/16', ...hops]);
    for (const family of ['-4', '-6']) {
      const args = [family, 'route', 'show', 'table', 'all'] as const;
      const routes = async (ns: Inside): Promise<Json[]> =>
        (await ipJson(ns, ...args)).filter((shown) => !isAutomatic(shown));
      const expected = await routes(theirs);
      expect(expected.length).toBeGreaterThan(5);
      expect(await routes(ours)).toEqual(expected);
    }
    const crossed = (await route.list({ family: 'inet' })).find(({ to }) => to === '10.6.0.0/16');
    expect(crossed).toMatchObject({ via: 'fd00::2' });
    await route.delete({ to: '10.9.0.0/16' });
    await route.delete({ to: '10.7.0.0/16', type: 'local' });
    await route.delete({ to: 'fd01::/64' });
    const left = (await ipJson(ours, 'route', 'show', 'table', 'all')).map(({ dst }: Json) => dst as string);
    expect(left).toEqual(expect.not.arrayContaining(['10.9.0.0/16', '10.7.0.0/16', 'fd01::/64']));
  });

  test('get tells the way of a packet', async () => {
    const ns = await router();
    const { index } = await ns.rtnl.link.get({ ifname: 'v0' });
    const way = await ns.rtnl.route.get({ to: '10.0.0.7' });
    expect(way).toMatchObject({ dev: index, src: '10.0.0.1' });
  });

  test('replace, append, set and flush of routes', async () => {
    const ns = await router();
    const { route } = ns.rtnl;
    await route.add({ to: '10.9.0.0/16', via: '10.0.0.2', table: 7 });
    await route.replace({ to: '10.9.0.0/16', via: '10.0.0.3', table: 7 });
    await route.append({ to: '10.9.0.0/16', via: '10.0.0.4', table: 7 });
    expect(
      (await ipJson(ns, 'route', 'show', 'table', '7')).map(({ gateway }: Json) => gateway as string),
    ).toEqual(['10.0.0.3', '10.0.0.4']);
    await route.set({ to: '10.9.0.0/16', via: '10.0.0.5', table: 7 });
    expect((await ipJson(ns, 'route', 'show', 'table', '7'))[0]).toMatchObject({ gateway: '10.0.0.5' });
    await route.flush({ table: 7 });
    expect(await ipJson(ns, 'route', 'show', 'table', 'all', 'to', '10.9.0.0/16')).toEqual([]);
    expect(await ipJson(ns, 'route')).toHaveLength(1);
  });

  test('every rule has its priority, the first as well', async () => {
    const ns = await scratchHost();
    for (const family of ['inet', 'inet6'] as const) {
      const judged = await ipJson(ns, family === 'inet' ? '-4' : '-6', 'rule');
      const priorities = judged.map(({ priority }: Json) => priority as number);
      expect(priorities[0]).toBe(0);
      expect((await ns.rtnl.rule.list({ family })).map(({ priority }) => priority)).toEqual(priorities);
    }
    await ns.rtnl.rule.delete({ priority: 0 });
    expect((await ipJson(ns, 'rule')).map(({ priority }: Json) => priority as number)).not.toContain(0);
  });

  test('rules have the defaults of ip; flush keeps the kernel’s first', async () => {
    const ns = await scratchHost();
    const { rule } = ns.rtnl;
    await rule.add({ from: '10.0.0.0/8', table: 7, priority: 100 });
    await rule.add({ not: true, fwmark: 1, fwmask: 0xff, priority: 101 });
    await rule.add({ to: 'fd00::/8', action: 'blackhole', priority: 102 });
    const judged = [...(await ipJson(ns, 'rule')), ...(await ipJson(ns, '-6', 'rule'))];
    expect(judged).toContainEqual(
      expect.objectContaining({ priority: 100, src: '10.0.0.0', srclen: 8, table: '7' }),
    );
    expect(judged).toContainEqual(
      expect.objectContaining({ priority: 101, not: null, fwmark: '0x1', fwmask: '0xff', table: 'main' }),
    );
    expect(judged).toContainEqual(
      expect.objectContaining({ priority: 102, dst: 'fd00::', action: 'blackhole' }),
    );
    await rule.delete({ from: '10.0.0.0/8', table: 7 });
    expect((await ipJson(ns, 'rule')).map(({ priority }: Json) => priority as number)).toEqual([
      0, 101, 32766, 32767,
    ]);
    await rule.flush();
    expect((await ipJson(ns, 'rule')).map(({ priority }: Json) => priority as number)).toEqual([0]);
    expect((await ipJson(ns, '-6', 'rule')).map(({ priority }: Json) => priority as number)).toEqual([0]);
  });

  test('neighbours stay unless told otherwise; flush takes what was learnt', async () => {
    const ns = await router();
    const { neigh } = ns.rtnl;
    await neigh.add({ dev: 'v0', to: '10.0.0.9', lladdr: '02:00:00:00:00:09' });
    await neigh.add({ dev: 'v0', to: '10.0.0.8', lladdr: '02:00:00:00:00:08', state: 'stale' });
    const judged = await ipJson(ns, 'neigh', 'show', 'dev', 'v0');
    expect(judged).toContainEqual(expect.objectContaining({ dst: '10.0.0.9', state: ['PERMANENT'] }));
    expect(judged).toContainEqual(expect.objectContaining({ dst: '10.0.0.8', state: ['STALE'] }));
    expect(await neigh.get({ dev: 'v0', to: '10.0.0.9' })).toMatchObject({ lladdr: '02:00:00:00:00:09' });
    await neigh.flush({ dev: 'v0', family: 'inet' });
    expect((await ipJson(ns, '-4', 'neigh')).map(({ dst }: Json) => dst as string)).toEqual(['10.0.0.9']);
  });

  test('forwarding entries of a bridge port and of a vxlan', async () => {
    const ns = await scratchHost();
    const { rtnl } = ns;
    await rtnl.link.add({ ifname: 'br0', kind: 'bridge', up: true });
    await rtnl.link.add({ ifname: 'v0', kind: 'veth', up: true, master: 'br0', peer: { ifname: 'v1' } });
    await rtnl.link.add({
      ifname: 'vx0',
      kind: 'vxlan',
      up: true,
      data: { id: 42, local: '127.0.0.1', port: 4789 },
    });
    await rtnl.fdb.add({ dev: 'v0', lladdr: '02:00:00:00:00:01', flags: ['master'] });
    await rtnl.fdb.append({ dev: 'vx0', lladdr: '00:00:00:00:00:00', to: '192.0.2.1' });
    await rtnl.fdb.append({ dev: 'vx0', lladdr: '00:00:00:00:00:00', to: '192.0.2.2' });
    const show = async (dev: string): Promise<Json[]> =>
      JSON.parse((await run(ns, 'bridge', ['-j', 'fdb', 'show', 'dev', dev])).stdout) as Json[];
    expect(await show('v0')).toContainEqual(
      expect.objectContaining({ mac: '02:00:00:00:00:01', master: 'br0' }),
    );
    expect((await show('vx0')).map(({ dst }: Json) => dst as string)).toEqual(['192.0.2.1', '192.0.2.2']);
    expect((await rtnl.fdb.list({ dev: 'vx0' })).map(({ to }) => to)).toEqual(['192.0.2.1', '192.0.2.2']);
    await rtnl.fdb.delete({ dev: 'v0', lladdr: '02:00:00:00:00:01', flags: ['master'] });
    expect((await show('v0')).map(({ mac }: Json) => mac as string)).not.toContain('02:00:00:00:00:01');
    await rtnl.fdb.add({
      dev: 'v0',
      lladdr: '02:00:00:00:00:02',
      flags: ['master'],
      state: ['noarp', 'reachable'],
    });
    expect((await show('v0')).map(({ mac }: Json) => mac as string)).toContain('02:00:00:00:00:02');
    await rtnl.fdb.flush({ dev: 'v0', flags: ['master'] });
    expect((await show('v0')).map(({ mac }: Json) => mac as string)).not.toContain('02:00:00:00:00:02');
  });

  testSince('6.7', 'all forwarding entries of a vxlan go at once', async () => {
    const ns = await scratchHost();
    const { rtnl } = ns;
    await rtnl.link.add({
      ...{ ifname: 'vx0', kind: 'vxlan', up: true },
      data: { id: 42, local: '127.0.0.1', port: 4789 },
    });
    for (const to of ['192.0.2.1', '192.0.2.2'])
      await rtnl.fdb.append({ dev: 'vx0', lladdr: '00:00:00:00:00:00', to });
    const show = async (): Promise<Json[]> =>
      JSON.parse((await run(ns, 'bridge', ['-j', 'fdb', 'show', 'dev', 'vx0'])).stdout) as Json[];
    expect(await show()).toHaveLength(2);
    await rtnl.fdb.flush({ dev: 'vx0' });
    expect(await show()).toEqual([]);
  });

  test('next hops and groups of them', async () => {
    const ns = await router();
    const { nexthop, route } = ns.rtnl;
    await nexthop.add({ id: 1, via: '10.0.0.2', dev: 'v0' });
    await nexthop.add({ id: 2, via: '10.0.0.3', dev: 'v0' });
    await nexthop.add({ id: 9, group: [{ id: 1, weight: 2 }, { id: 2 }] });
    await route.add({ to: '10.9.0.0/16', nhId: 9 });
    expect((await ipJson(ns, 'nexthop')).map(({ id }: Json) => id as number)).toEqual([1, 2, 9]);
    expect(await nexthop.get({ id: 9 })).toMatchObject({
      group: [
        { id: 1, weight: 2 },
        { id: 2, weight: 1 },
      ],
    });
    expect((await ipJson(ns, 'route', 'show', '10.9.0.0/16'))[0]).toMatchObject({ nhid: 9 });
    await nexthop.flush();
    expect(await ipJson(ns, 'nexthop')).toEqual([]);
    expect(await ipJson(ns, 'route', 'show', '10.9.0.0/16')).toEqual([]);
  });

  test('ids of namespaces', async () => {
    const ns = await scratchHost();
    const other = await scratchHost();
    await ns.rtnl.netns.add({ netns: other, nsid: 77 });
    expect(await ns.rtnl.netns.get({ netns: other })).toMatchObject({ nsid: 77 });
    expect(await ns.rtnl.netns.list()).toEqual([expect.objectContaining({ nsid: 77 })]);
  });
});

describe('the socket', () => {
  test('open, use, close; closing twice is harmless, use after it is a clear error', async () => {
    const ns = await scratchHost();
    const rtnl = await Rtnl.open({ netns: ns });
    expect((await rtnl.link.get({ index: 1 })).ifname).toBe('lo');
    await Promise.all([rtnl.close(), rtnl.close()]);
    await rtnl.close();
    await expect(rtnl.link.list()).rejects.toThrow(ClosedError);
    await expect(rtnl.link.list()).rejects.toMatchObject({ code: 'ERR_CLOSED' });
    await expect(rtnl.monitor().next()).rejects.toThrow(ClosedError);
  });

  test('close waits for requests under way', async () => {
    const ns = await scratchHost();
    const rtnl = await Rtnl.open({ netns: ns });
    const made = rtnl.link.add({ ifname: 'br0', kind: 'bridge' });
    await rtnl.close();
    await made;
    expect(await linkNames(ns)).toEqual(['lo', 'br0']);
  });

  test('without a namespace it is the caller’s', async () => {
    const rtnl = await Rtnl.open();
    expect((await rtnl.link.list()).map(({ ifname }) => ifname)).toContain('lo');
    await rtnl.close();
  });

  test('goes on after its namespace object was closed', async () => {
    const ns = await namedHost();
    const rtnl = await Rtnl.open({ netns: ns });
    await ns.close();
    await rtnl.link.add({ ifname: 'br0', kind: 'bridge' });
    expect((await rtnl.link.list()).map(({ ifname }) => ifname)).toEqual(['lo', 'br0']);
    await rtnl.close();
  });

  test('requests of one turn are carried out in the order of the calls', async () => {
    const ns = await scratchHost();
    const { link } = ns.rtnl;
    const results = await Promise.allSettled([
      link.add({ ifname: 'br0', kind: 'bridge' }),
      link.set({ ifname: 'br0', mtu: 1400 }),
      link.add({ ifname: 'br0', kind: 'bridge' }),
      link.delete({ ifname: 'br0' }),
      link.add({ ifname: 'br0', kind: 'bridge' }),
    ]);
    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
    ]);
  });
});

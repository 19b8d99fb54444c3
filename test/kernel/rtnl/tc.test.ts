// The judge is `tc`: what it shows of what we made, beside what it shows of what it made itself.
import type { NetworkNamespace } from '../../../src/netns/namespace';
import { Plan } from '../../../src/plan/plan';
import type { FilterInfo, U32Info } from '../../../src/rtnl/types';
import { eventually, needTools, run, scratchHost } from '../../support';

needTools('tc');

/** A host with a veth to shape, its far end and an ifb to go through. */
async function shapedHost(): Promise<NetworkNamespace> {
  const host = await scratchHost();
  await host.rtnl.link.add({ ifname: 'v0', kind: 'veth', up: true, peer: { ifname: 'v1' } });
  await host.rtnl.link.add({ ifname: 'ifb0', kind: 'ifb', up: true });
  return host;
}

async function shown(host: NetworkNamespace, ...what: string[]): Promise<string> {
  return (await run(host, 'tc', ['-d', ...what])).stdout.trim();
}

const redirect = {
  kind: 'mirred',
  data: { parms: { eaction: 'egress_redirect', action: 'stolen', dev: 'ifb0' } },
} as const;
const toNeighbour = { at: 16, value: 0x0a000001 };

describe('qdiscs', () => {
  test('a token bucket is what tc makes of the same words, and is answered as it was asked for', async () => {
    const host = await shapedHost();
    const place = ['qdisc', 'replace', 'dev', 'v0', 'root', 'handle', '1:'];
    await run(host, 'tc', [
      ...place,
      ...['tbf', 'rate', '1mbit', 'burst', '10000', 'limit', '30000', 'peakrate', '2mbit', 'mtu', '2000'],
    ]);
    const theirs = await shown(host, 'qdisc', 'show', 'dev', 'v0');
    await host.rtnl.qdisc.delete({ dev: 'v0' });
    const data = { rate: 125_000, burst: 10_000, limit: 30_000, peakrate: 250_000, mtu: 2000 };
    await host.rtnl.qdisc.add({ dev: 'v0', handle: '1:', kind: 'tbf', data });
    expect(theirs).toContain('qdisc tbf 1: root');
    expect(await shown(host, 'qdisc', 'show', 'dev', 'v0')).toBe(theirs);
    const asked = await host.rtnl.qdisc.get({ dev: 'v0' });
    expect(asked).toMatchObject({ kind: 'tbf', handle: '1:', parent: 'root', data });
  });

  test('a rate beyond 32 bits', async () => {
    const host = await shapedHost();
    const data = { rate: 5_000_000_000, burst: 100_000, limit: 200_000 };
    await host.rtnl.qdisc.add({ dev: 'v0', kind: 'tbf', data });
    expect(await shown(host, 'qdisc', 'show', 'dev', 'v0')).toContain('rate 40Gbit');
    const [own] = (await host.rtnl.qdisc.list()).filter(({ kind }) => kind === 'tbf');
    expect(own?.data).toMatchObject({ rate: data.rate, limit: data.limit });
  });

  test('a kind that the kernel lacks is its own error; a wrong value and a wrong key are refused before', async () => {
    const host = await shapedHost();
    const wrong = { rate: '1mbit' as never, burst: 5, limit: 5 };
    await expect(host.rtnl.qdisc.add({ dev: 'v0', kind: 'tbf', data: wrong })).rejects.toMatchObject({
      code: 'ERR_VALIDATION',
      path: 'data.rate',
    });
    const key = { rate: 1, burst: 5, limit: 5, brust: 1 } as never;
    await expect(host.rtnl.qdisc.add({ dev: 'v0', kind: 'tbf', data: key })).rejects.toThrow(
      /did you mean burst/,
    );
    const handle = { dev: 'v0', handle: 'one', kind: 'ingress' } as const;
    await expect(host.rtnl.qdisc.add(handle)).rejects.toMatchObject({ path: 'handle' });
    await expect(host.rtnl.qdisc.delete({ dev: 'v0' })).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

test('classes: a hierarchy as tc makes it, and its qdisc below', async () => {
  const host = await shapedHost();
  await host.rtnl.qdisc.add({ dev: 'v0', handle: '1:', kind: 'htb', data: { defcls: 0x11 } });
  const data = { rate: 125_000, ceil: 250_000, prio: 1 };
  await host.rtnl.class.add({ dev: 'v0', parent: '1:', handle: '1:11', kind: 'htb', data });
  const ours = await shown(host, 'class', 'show', 'dev', 'v0');
  await host.rtnl.class.delete({ dev: 'v0', handle: '1:11' });
  await run(host, 'tc', [
    ...['class', 'add', 'dev', 'v0', 'parent', '1:', 'classid', '1:11'],
    ...['htb', 'rate', '1mbit', 'ceil', '2mbit', 'prio', '1'],
  ]);
  expect(ours).toContain('class htb 1:11 root');
  expect(ours).toBe(await shown(host, 'class', 'show', 'dev', 'v0'));
  const told = await host.rtnl.class.get({ dev: 'v0', handle: '1:11' });
  expect(told).toMatchObject({ kind: 'htb', data: { ...data, burst: 1600, cburst: 1600 } });
  await host.rtnl.qdisc.add({ dev: 'v0', parent: '1:11', handle: '11:', kind: 'pfifo', data: { limit: 7 } });
  expect(await shown(host, 'qdisc', 'show', 'dev', 'v0')).toContain('qdisc pfifo 11: parent 1:11 limit 7p');
  expect(await host.rtnl.class.list({ dev: 'v0' })).toHaveLength(1);
});

describe('filters', () => {
  test('what comes in is sent to another device', async () => {
    const host = await shapedHost();
    await host.rtnl.qdisc.add({ dev: 'v0', kind: 'clsact' });
    const filter = { dev: 'v0', parent: 'ingress', priority: 5, kind: 'u32' } as const;
    await host.rtnl.filter.add({ ...filter, data: { match: [toNeighbour], actions: [redirect] } });
    const judge = await shown(host, 'filter', 'show', 'dev', 'v0', 'ingress');
    expect(judge).toContain('match 0a000001/ffffffff at 16');
    expect(judge).toContain('mirred (Egress Redirect to device ifb0) stolen');
    const told = own(await host.rtnl.filter.list({ dev: 'v0', parent: 'ingress' }));
    expect(told).toMatchObject({ parent: 'ingress', protocol: 'all', priority: 5, kind: 'u32' });
    expect((told.data as U32Info).match).toEqual([{ ...toNeighbour, mask: 0xffffffff }]);
    const name = { ...filter, protocol: 'all', handle: told.handle } as const;
    expect(await host.rtnl.filter.get(name)).toMatchObject({
      handle: told.handle,
      data: { flags: ['not_in_hw'] },
    });
    await host.rtnl.filter.delete(name);
    expect(await shown(host, 'filter', 'show', 'dev', 'v0', 'ingress')).not.toContain('match');
  });

  test('a match that is none is refused', async () => {
    const host = await shapedHost();
    const filter = { dev: 'v0', priority: 1, kind: 'u32' } as const;
    for (const match of [[{ at: 16, value: -1 }], [{ at: 0.5, value: 1 }], 'ip dst']) {
      await expect(
        host.rtnl.filter.add({ ...filter, data: { match: match as never } }),
      ).rejects.toMatchObject({
        code: 'ERR_VALIDATION',
        path: 'data.match',
      });
    }
  });
});

/** The one filter among the tables that hold it. */
function own(filters: readonly FilterInfo[]): FilterInfo {
  const found = filters.filter(({ data }) => ((data as U32Info | undefined)?.match?.length ?? 0) > 0);
  expect(found).toHaveLength(1);
  return found[0] as FilterInfo;
}

describe('plans', () => {
  async function state(host: NetworkNamespace): Promise<string[]> {
    return [
      await shown(host, 'qdisc', 'show'),
      await shown(host, 'class', 'show', 'dev', 'v0'),
      await shown(host, 'filter', 'show', 'dev', 'v0', 'ingress'),
    ];
  }

  test('what was made, changed and deleted is taken back', async () => {
    const host = await shapedHost();
    const htb = { dev: 'v0', handle: '1:10', parent: '1:', kind: 'htb' } as const;
    await host.rtnl.qdisc.add({ dev: 'v0', handle: '1:', kind: 'htb', data: { defcls: 0x10 } });
    await host.rtnl.class.add({ ...htb, data: { rate: 125_000 } });
    await host.rtnl.qdisc.add({ dev: 'v0', kind: 'clsact' });
    const filter = { dev: 'v0', parent: 'ingress', priority: 5, kind: 'u32' } as const;
    await host.rtnl.filter.add({ ...filter, data: { match: [toNeighbour], actions: [redirect] } });
    const { handle } = own(await host.rtnl.filter.list({ dev: 'v0', parent: 'ingress' }));
    const before = await state(host);
    const plan = new Plan({
      namespaces: { host },
      steps: [
        { op: 'class.replace', netns: 'host', body: { ...htb, data: { rate: 250_000 } } },
        { op: 'filter.delete', netns: 'host', body: { ...filter, handle } },
        { op: 'qdisc.delete', netns: 'host', body: { dev: 'v0', kind: 'clsact' } },
        { op: 'qdisc.add', netns: 'host', body: { dev: 'v1', kind: 'bfifo', data: { limit: 9000 } } },
        { op: 'qdisc.replace', netns: 'host', body: { dev: 'v1', kind: 'pfifo', data: { limit: 9 } } },
        { op: 'link.set', netns: 'host', body: { ifname: 'missing', up: true } },
      ],
    });
    const error = await plan.apply().catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'ENODEV', step: 5 });
    expect(error).not.toHaveProperty('notUndone');
    // What a deleted filter refers to is let go some time later.
    await eventually('the deleted filter is gone', async () =>
      (await state(host)).join('\n').includes('index 1 ref 1 '),
    );
    expect(await state(host)).toEqual(before);
  });

  test('a filter without a priority could not be taken back', () => {
    const body = { dev: 'v0', kind: 'u32', data: {} } as const;
    const plan = new Plan({
      steps: [
        { op: 'netns.create', netns: 'a' },
        { op: 'filter.add', netns: 'a', body },
      ],
    });
    return expect(plan.apply()).rejects.toMatchObject({ code: 'ERR_VALIDATION', path: 'priority' });
  });
});

test('a monitor of traffic control hears of what is made', async () => {
  const host = await shapedHost();
  // Requests go on until the monitor, whose subscription takes its time, has heard of one.
  const heard = new AbortController();
  const events = host.rtnl.monitor(['tc']);
  const hearing = (async () => {
    for await (const event of events) {
      if (event.family === 'qdisc' && event.action === 'new' && event.object.kind === 'bfifo') return event;
    }
    return undefined;
  })().finally(() => heard.abort());
  while (!heard.signal.aborted) {
    await host.rtnl.qdisc.replace({ dev: 'v0', handle: '7:', kind: 'bfifo', data: { limit: 9000 } });
  }
  expect(await hearing).toMatchObject({ object: { handle: '7:', parent: 'root', data: { limit: 9000 } } });
});

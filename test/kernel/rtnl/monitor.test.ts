import { ValidationError } from '../../../src/errors/errors';
import type { MonitorGroup, RtnlEvent } from '../../../src/rtnl/monitor';
import type { Rtnl } from '../../../src/rtnl/rtnl';
import { descriptors, eventually, needTools, run, scratchHost, sh } from '../../support';

needTools('ip', 'nsenter');

/** Reads events until one satisfies the condition; every event read is returned. */
async function until(
  events: AsyncIterableIterator<RtnlEvent>,
  condition: (event: RtnlEvent) => boolean,
): Promise<RtnlEvent[]> {
  const seen: RtnlEvent[] = [];
  for (;;) {
    const { done, value } = await events.next();
    if (done) throw new Error(`the monitor ended after ${seen.length} events`);
    seen.push(value);
    if (condition(value)) return seen;
  }
}

function isLink(event: RtnlEvent, action: 'new' | 'delete', ifname: string): boolean {
  return event.family === 'link' && event.action === action && event.object.ifname === ifname;
}

/** One request to the kernel and back: what was asked for before it has happened. */
async function settled(rtnl: Rtnl): Promise<void> {
  await rtnl.link.get({ index: 1 });
}

test('hears what ip does: links, addresses, routes, rules, neighbours, next hops', async () => {
  const ns = await scratchHost();
  const events = ns.rtnl.monitor();
  await settled(ns.rtnl);
  await sh(
    ns,
    `ip link add br0 type bridge; ip link set br0 up; ip addr add 10.0.0.1/24 dev br0
     ip route add 10.9.0.0/16 via 10.0.0.2; ip rule add from 10.0.0.0/8 table 7 priority 9
     ip neigh add 10.0.0.3 lladdr 02:00:00:00:00:03 dev br0; ip nexthop add id 4 dev br0
     ip link del br0`,
  );
  const seen = await until(events, (event) => isLink(event, 'delete', 'br0'));
  await events.return?.();
  const of = (family: string): RtnlEvent[] => seen.filter((event) => event.family === family);
  expect(of('addr')).toContainEqual(
    expect.objectContaining({
      action: 'new',
      object: expect.objectContaining({ address: '10.0.0.1/24' }) as object,
    }),
  );
  expect(of('route')).toContainEqual(
    expect.objectContaining({
      action: 'new',
      object: expect.objectContaining({ to: '10.9.0.0/16', via: '10.0.0.2' }) as object,
    }),
  );
  expect(of('rule')).toContainEqual(
    expect.objectContaining({ action: 'new', object: expect.objectContaining({ priority: 9 }) as object }),
  );
  expect(of('neigh')).toContainEqual(
    expect.objectContaining({ action: 'new', object: expect.objectContaining({ to: '10.0.0.3' }) as object }),
  );
  expect(of('nexthop')).toContainEqual(
    expect.objectContaining({ action: 'new', object: expect.objectContaining({ id: 4 }) as object }),
  );
  expect(of('resync')).toEqual([]);
});

test('hears only the groups that were asked for', async () => {
  const ns = await scratchHost();
  const events = ns.rtnl.monitor(['addr4']);
  await settled(ns.rtnl);
  await sh(
    ns,
    'ip link add br0 type bridge; ip addr add fd00::1/64 dev br0; ip addr add 10.0.0.1/24 dev br0',
  );
  const [first] = await until(events, () => true);
  expect(first).toMatchObject({ family: 'addr', object: { address: '10.0.0.1/24' } });
  await events.return?.();
});

test('an unknown group is refused at once', async () => {
  const ns = await scratchHost();
  expect(() => ns.rtnl.monitor(['lnik' as MonitorGroup])).toThrow(ValidationError);
  expect(() => ns.rtnl.monitor(['link', 'lnik' as MonitorGroup])).toThrow(
    /groups\[1\]: must be one of link, .*'lnik'/,
  );
});

test('a request after monitor() does not overtake it, whatever was opened before', async () => {
  for (let round = 0; round < 20; round++) {
    const { rtnl } = await scratchHost();
    const events = rtnl.monitor(['link']);
    await rtnl.link.add({ ifname: 'br0', kind: 'bridge' });
    expect((await until(events, (event) => isLink(event, 'new', 'br0'))).length).toBeGreaterThan(0);
    await events.return?.();
  }
});

test('leaving the loop, return during a wait, and the signal each close the monitor', async () => {
  const ns = await scratchHost();
  await settled(ns.rtnl);
  const before = descriptors().length;

  const left = ns.rtnl.monitor(['link']);
  const loop = (async () => {
    for await (const event of left) if (isLink(event, 'new', 'br0')) break;
  })();
  await settled(ns.rtnl);
  await run(ns, 'ip', ['link', 'add', 'br0', 'type', 'bridge']);
  await loop;

  const waiting = ns.rtnl.monitor(['link']);
  const pending = waiting.next();
  await waiting.return?.();
  expect(await pending).toEqual({ done: true, value: undefined });

  const controller = new AbortController();
  const aborted = ns.rtnl.monitor(['link'], { signal: controller.signal });
  const next = aborted.next();
  controller.abort();
  expect(await next).toEqual({ done: true, value: undefined });

  const never = ns.rtnl.monitor(['link'], { signal: AbortSignal.abort() });
  expect(await never.next()).toEqual({ done: true, value: undefined });
  await eventually('all monitor sockets closed', () => descriptors().length <= before);
});

test('a loss becomes a resync event, in order, and the monitor goes on', async () => {
  const ns = await scratchHost();
  const events = ns.rtnl.monitor(['addr4'], { receiveBuffer: 4096 });
  await settled(ns.rtnl);
  // Packed into few sends: each makes more events than the buffer holds before anything can read them.
  await ns.rtnl.batch((batch) => {
    for (let number = 0; number < 500; number++)
      batch.addr.add({ dev: 'lo', address: `10.1.${number >> 8}.${number & 255}/32` });
  });
  const lossy = await until(events, (event) => event.family === 'resync');
  expect(lossy.length).toBeLessThan(500);
  await ns.rtnl.addr.add({ dev: 'lo', address: '10.2.0.1/32' });
  await until(events, (event) => event.family === 'addr' && event.object.address === '10.2.0.1/32');
  await events.return?.();
});

test('allNamespaces tells where it happened', async () => {
  const ns = await scratchHost();
  const other = await scratchHost();
  const stranger = await scratchHost();
  await ns.rtnl.netns.add({ netns: other, nsid: 7 });
  const events = ns.rtnl.monitor(['link'], { allNamespaces: true });
  await settled(ns.rtnl);
  await run(stranger, 'ip', ['link', 'add', 'unheard', 'type', 'bridge']);
  await run(other, 'ip', ['link', 'add', 'there', 'type', 'bridge']);
  await run(ns, 'ip', ['link', 'add', 'here', 'type', 'bridge']);
  const seen = await until(events, (event) => isLink(event, 'new', 'here'));
  await events.return?.();
  expect(seen.find((event) => isLink(event, 'new', 'there'))).toMatchObject({ nsid: 7 });
  expect(seen.find((event) => isLink(event, 'new', 'here'))).not.toHaveProperty('nsid');
  expect(seen.some((event) => isLink(event, 'new', 'unheard'))).toBe(false);
});

test('many events are delivered in order, once each', async () => {
  const ns = await scratchHost();
  const events = ns.rtnl.monitor(['addr4']);
  await settled(ns.rtnl);
  const wanted = Array.from({ length: 500 }, (_, number) => `10.1.${number >> 8}.${number & 255}/32`);
  await ns.rtnl.batch((batch) => {
    for (const address of wanted) batch.addr.add({ dev: 'lo', address });
  });
  const seen = await until(
    events,
    (event) => event.family === 'addr' && event.object.address === wanted.at(-1),
  );
  await events.return?.();
  expect(seen.map((event) => event.family === 'addr' && event.object.address)).toEqual(wanted);
});

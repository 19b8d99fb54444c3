import { NetworkNamespace } from '../../../src/netns/namespace';
import { Plan } from '../../../src/plan/plan';
import type { Step } from '../../../src/plan/spec/step';
import {
  busySteps,
  furnish,
  ipJson,
  keep,
  machineSnapshot,
  namedHost,
  needTools,
  netlinkError,
  refusedStep,
  scratchHost,
  scratchName,
  sh,
  snapshot,
} from '../../support';

needTools('ip', 'nft', 'nsenter');

test('fifty steps succeed, and change what an independent judge sees', async () => {
  const host = await scratchHost();
  await furnish(host);
  const before = await snapshot(host);
  const steps = busySteps({ red: scratchName(), blue: scratchName() });
  expect(steps).toHaveLength(50);
  const { namespaces } = await new Plan({ namespaces: { host }, steps }).apply();
  keep(namespaces['red'] as NetworkNamespace);
  keep(namespaces['blue'] as NetworkNamespace);
  const after = await snapshot(host);
  for (const part of Object.keys(before) as (keyof typeof before)[]) {
    if (part === 'rules6') continue;
    expect({ part, same: JSON.stringify(after[part]) === JSON.stringify(before[part]) }).toEqual({
      part,
      same: false,
    });
  }
});

test('a failing step at each of fifty positions leaves everything as it was', async () => {
  const host = await scratchHost();
  await furnish(host);
  const before = { host: await snapshot(host), machine: machineSnapshot() };
  let same = 0;
  for (let position = 0; position < 50; position++) {
    const steps = busySteps({ red: scratchName(), blue: scratchName() });
    steps.splice(position, 0, refusedStep);
    const error = await netlinkError(new Plan({ namespaces: { host }, steps }).apply());
    expect(error).toMatchObject({ code: 'EEXIST', step: position, operation: 'link.add', object: 'lo' });
    expect(error.notUndone).toBeUndefined();
    expect({ position, host: await snapshot(host), machine: machineSnapshot() }).toEqual({
      position,
      ...before,
    });
    same++;
  }
  expect(same).toBe(50);
}, 240_000);

test('an abort at any moment leaves everything as it was, and rejects with the reason', async () => {
  const host = await scratchHost();
  await furnish(host);
  const before = { host: await snapshot(host), machine: machineSnapshot() };
  let aborted = 0;
  for (let round = 0; round < 12; round++) {
    const steps = busySteps({ red: scratchName(), blue: scratchName() });
    // What comes after the fifty keeps the plan busy, so that the abort falls into its middle.
    for (let number = 0; number < 120; number++) {
      steps.push({ op: 'link.add', netns: 'host', body: { ifname: `late${number}`, kind: 'bridge' } });
    }
    steps.push(refusedStep);
    const controller = new AbortController();
    const reason = new Error(`round ${round}`);
    const applied = new Plan({ namespaces: { host }, steps }).apply({ signal: controller.signal });
    setTimeout(() => {
      controller.abort(reason);
    }, round * 2);
    const error = await applied.then(
      () => undefined,
      (failure: unknown) => failure,
    );
    if (error === reason) aborted++;
    else expect(error).toMatchObject({ code: 'EEXIST' });
    expect({ round, host: await snapshot(host), machine: machineSnapshot() }).toEqual({ round, ...before });
  }
  expect(aborted).toBeGreaterThan(0);
}, 120_000);

test('a signal that fired before: nothing is done', async () => {
  const host = await scratchHost();
  const steps: Step[] = [{ op: 'link.add', netns: 'host', body: { ifname: 'br0', kind: 'bridge' } }];
  const plan = new Plan({ namespaces: { host }, steps });
  await expect(plan.apply({ signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow('before');
  expect(await ipJson(host, 'link')).toHaveLength(1);
});

test('a link that was renamed, and one that was moved, come back', async () => {
  const host = await scratchHost();
  const other = await scratchHost();
  await sh(host, 'ip link add old0 mtu 1400 type veth peer name old1');
  const { index } = await host.rtnl.link.get({ ifname: 'old0' });
  const before = [await snapshot(host), await snapshot(other)];
  const steps: Step[] = [
    { op: 'link.set', netns: 'host', body: { index, ifname: 'new0' } },
    { op: 'link.set', netns: 'host', body: { ifname: 'new0', netns: 'other' } },
    { op: 'link.set', netns: 'other', body: { ifname: 'new0', mtu: 1300 } },
    refusedStep,
  ];
  await netlinkError(new Plan({ namespaces: { host, other }, steps }).apply());
  const after = [await snapshot(host), await snapshot(other)];
  expect(after).toEqual(before);
});

test('what cannot be undone is done last by choice, and named if it was done first', async () => {
  const host = await scratchHost();
  const named = await namedHost();
  await sh(host, 'ip link add br0 type bridge; ip route add blackhole 10.9.0.0/16');
  const steps: Step[] = [
    { op: 'link.delete', netns: 'host', body: { ifname: 'br0' } },
    { op: 'netns.delete', name: named.name },
    { op: 'route.delete', netns: 'host', body: { to: '10.9.0.0/16', type: 'blackhole' }, undo: 'none' },
    refusedStep,
  ];
  const error = await netlinkError(new Plan({ namespaces: { host }, steps }).apply());
  expect(error.notUndone).toEqual([
    "step 0 (link.delete br0 in 'host') cannot be undone",
    `step 1 (netns.delete ${named.name}) cannot be undone`,
    "step 2 (route.delete 10.9.0.0/16 in 'host') cannot be undone",
  ]);
  expect(error.message).toContain('not undone: step 0 (link.delete br0');
});

test('a thousand links are undone', async () => {
  const host = await scratchHost();
  const steps: Step[] = Array.from({ length: 1000 }, (_, number) => ({
    op: 'link.add',
    netns: 'host',
    body: {
      ifname: `v${number}`,
      kind: 'veth',
      numTxQueues: 1,
      numRxQueues: 1,
      peer: { ifname: `w${number}`, numTxQueues: 1, numRxQueues: 1 },
    },
  }));
  await netlinkError(new Plan({ namespaces: { host }, steps: [...steps, refusedStep] }).apply());
  expect(await ipJson(host, 'link')).toHaveLength(1);
}, 60_000);

test('a namespace that a failed plan made is gone', async () => {
  const host = await scratchHost();
  const steps: Step[] = [
    { op: 'netns.create', netns: 'a' },
    {
      op: 'link.add',
      netns: 'host',
      body: { ifname: 'v0', kind: 'veth', peer: { ifname: 'eth0', netns: 'a' } },
    },
    refusedStep,
  ];
  const before = await NetworkNamespace.list();
  await netlinkError(new Plan({ namespaces: { host }, steps }).apply());
  expect(await NetworkNamespace.list()).toEqual(before);
  expect(await ipJson(host, 'link')).toHaveLength(1);
});

test('a deleted route comes back with its encapsulation, or the rest of its life', async () => {
  const host = await scratchHost();
  await sh(
    host,
    `ip link set lo up; ip link add d0 type bridge; ip link set d0 up
     ip route add 10.35.0.0/16 encap ip id 5 dst 10.0.0.1 dev d0
     ip -6 route add fd32::/32 dev d0 metric 5 expires 500; ip -6 route add fd33::/32 dev d0 metric 5`,
  );
  const look = async (): Promise<string> => {
    const all = await sh(host, 'ip route; ip -6 route show dev d0 metric 5');
    return all.stdout.replace(/expires (4[89]\d|500)sec/, 'expires');
  };
  const before = await look();
  expect(before).toMatch(/encap ip id 5 [^]*fd32::.* expires /);
  const steps: Step[] = [
    ...['10.35.0.0/16', 'fd32::/32', 'fd33::/32'].map((to): Step => {
      return { op: 'route.delete', netns: 'host', body: { to, dev: 'd0' } };
    }),
    refusedStep,
  ];
  const error = await netlinkError(new Plan({ namespaces: { host }, steps }).apply());
  expect(error.notUndone).toBeUndefined();
  expect(await look()).toBe(before);
});

test('neighbours with flags are undone: added, replaced and deleted ones', async () => {
  const host = await scratchHost();
  await sh(
    host,
    `ip link add d0 type bridge; ip link set d0 up; ip -6 addr add fd26::1/64 dev d0 nodad
     ip neigh add fd26::7 lladdr 02:00:00:00:00:07 nud permanent dev d0 router; ip neigh add proxy fd26::7 dev d0
     ip neigh add fd26::8 lladdr 02:00:00:00:00:08 nud permanent dev d0 router`,
  );
  const look = async (): Promise<string> =>
    (await sh(host, 'ip neigh show nud permanent | sort; ip neigh show proxy')).stdout;
  const before = await look();
  expect(before.match(/fd26::/g)).toHaveLength(3);
  const [dev, lladdr, flags] = ['d0', '02:00:00:00:00:99', ['router']] as const;
  const steps: Step[] = [
    { op: 'neigh.replace', netns: 'host', body: { to: 'fd26::7', dev, lladdr } },
    { op: 'neigh.delete', netns: 'host', body: { to: 'fd26::7', dev, flags: ['proxy'] } },
    { op: 'neigh.delete', netns: 'host', body: { to: 'fd26::8', dev } },
    { op: 'neigh.add', netns: 'host', body: { to: 'fd26::9', dev, lladdr, flags } },
    { op: 'neigh.replace', netns: 'host', body: { to: 'fd26::10', dev, lladdr, flags } },
    refusedStep,
  ];
  const error = await netlinkError(new Plan({ namespaces: { host }, steps }).apply());
  expect(error).toMatchObject({ code: 'EEXIST', step: 5 });
  expect(error.notUndone).toBeUndefined();
  expect(await look()).toBe(before);
});

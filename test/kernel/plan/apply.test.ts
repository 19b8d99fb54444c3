import { ClosedError } from '../../../src/errors/errors';
import { binding } from '../../../src/executor/run-program';
import type { SocketHandle } from '../../../src/native/handles';
import type { NetworkNamespace } from '../../../src/netns/namespace';
import { Plan } from '../../../src/plan/plan';
import type { Step } from '../../../src/plan/spec/step';
import {
  ipJson,
  type Json,
  keep,
  namedHost,
  needTools,
  netlinkError,
  run,
  scratchHost,
  scratchName,
  sh,
  testSince,
  tool,
  validationError,
} from '../../support';

needTools('ip', 'nft', 'nsenter');

test('labels are names like any other, also those that every object has', async () => {
  const labels = ['constructor', 'toString', 'valueOf', 'hasOwnProperty', '__proto__'];
  for (const label of labels) {
    const steps: Step[] = [
      { op: 'netns.create', netns: label },
      { op: 'link.add', netns: label, body: { ifname: 'br0', kind: 'bridge' } },
      { op: 'socket', netns: label, label, protocol: 'route' },
    ];
    const { namespaces, sockets } = await new Plan({ steps }).apply();
    expect([Object.keys(namespaces), Object.keys(sockets)]).toEqual([[label], [label]]);
    const made = keep(namespaces[label] as NetworkNamespace);
    expect((await ipJson(made, 'link')).map(({ ifname }: Json) => ifname as string)).toEqual(['lo', 'br0']);
    binding.close(sockets[label] as SocketHandle);
  }
  const host = await scratchHost();
  const given = Object.fromEntries(labels.map((label) => [label, host]));
  const steps = labels.map((netns, index): Step => {
    return { op: 'link.add', netns, body: { ifname: `br${index}`, kind: 'bridge' } };
  });
  await new Plan({ namespaces: given, steps }).apply();
  expect(await ipJson(host, 'link', 'show', 'type', 'bridge')).toHaveLength(labels.length);
  const unknown: Step[] = [{ op: 'link.set', netns: 'constructor', body: { ifname: 'lo', up: true } }];
  const error = await validationError(new Plan({ namespaces: { host }, steps: unknown }).apply());
  expect(error).toMatchObject({ path: 'netns', value: 'constructor' });
});

describe('what a plan leaves in the caller’s hands', () => {
  test('namespaces that it created or opened, by label', async () => {
    const named = await namedHost();
    const name = scratchName();
    const steps: Step[] = [
      { op: 'netns.create', netns: 'pinned', name },
      { op: 'netns.create', netns: 'anonymous' },
      { op: 'netns.open', netns: 'opened', path: `/run/netns/${named.name}` },
      {
        op: 'link.add',
        netns: 'pinned',
        body: { ifname: 'v0', kind: 'veth', peer: { ifname: 'v1', netns: 'anonymous' } },
      },
      { op: 'link.add', netns: 'opened', body: { ifname: 'br0', kind: 'bridge' } },
    ];
    const { namespaces } = await new Plan({ steps }).apply();
    expect(Object.keys(namespaces)).toEqual(['pinned', 'anonymous', 'opened']);
    const { pinned, anonymous, opened } = namespaces as Record<
      'pinned' | 'anonymous' | 'opened',
      NetworkNamespace
    >;
    keep(pinned);
    keep(anonymous);
    expect({ pinned: pinned.name, anonymous: anonymous.name, opened: opened.name }).toEqual({
      pinned: name,
      anonymous: undefined,
      opened: named.name,
    });
    expect(opened.cookie).toBe(named.cookie);
    expect((await tool('ip', ['netns', 'list'])).stdout).toContain(name);
    expect((await ipJson(pinned, 'link')).map(({ ifname }: Json) => ifname as string)).toEqual(['lo', 'v0']);
    expect((await ipJson(anonymous, 'link')).map(({ ifname }: Json) => ifname as string)).toEqual([
      'lo',
      'v1',
    ]);
    expect((await ipJson(named, 'link')).map(({ ifname }: Json) => ifname as string)).toEqual(['lo', 'br0']);
    await opened.close();
  });

  testSince('6.2', 'replies of echoing steps and sysctls as they were', async () => {
    const host = await scratchHost();
    await sh(host, 'sysctl -qw net.ipv4.ip_forward=0');
    const steps: Step[] = [
      { op: 'link.add', netns: 'host', body: { ifname: 'br0', kind: 'bridge' }, echo: true },
      { op: 'addr.add', netns: 'host', body: { dev: 'br0', address: '10.0.0.1/24' }, echo: true },
      { op: 'link.set', netns: 'host', body: { ifname: 'br0', up: true } },
      { op: 'sysctl', netns: 'host', path: 'net/ipv4/ip_forward', value: '1' },
    ];
    const { replies, previous } = await new Plan({ namespaces: { host }, steps }).apply();
    expect(replies).toEqual([
      [
        expect.objectContaining({
          ifname: 'br0',
          index: (await ipJson(host, 'link', 'show', 'br0'))[0].ifindex as number,
        }),
      ],
      [expect.objectContaining({ address: '10.0.0.1/24' })],
      undefined,
      undefined,
    ]);
    expect(previous).toEqual({ 3: '0' });
    expect((await run(host, 'cat', ['/proc/sys/net/ipv4/ip_forward'])).stdout).toBe('1\n');
  });

  test('a socket that owns a table: the table lives as long as the socket', async () => {
    const host = await scratchHost();
    const table = {
      family: 'nftTable',
      verb: 'add',
      body: { family: 'ip', name: 'owned', flags: ['owner'] },
    } as const;
    const first = await new Plan({
      namespaces: { host },
      steps: [{ op: 'socket', netns: 'host', label: 'owner', protocol: 'netfilter' }],
    }).apply();
    const owner = first.sockets['owner'];
    if (owner === undefined) throw new Error('no socket');
    await new Plan({
      namespaces: { host },
      sockets: { host: { netfilter: owner } },
      steps: [{ op: 'firewall', netns: 'host', requests: [table] }],
    }).apply();
    expect((await run(host, 'nft', ['list', 'tables'])).stdout).toContain('owned');
    await expect(run(host, 'nft', ['delete', 'table', 'ip', 'owned'])).rejects.toThrow(
      'Operation not permitted',
    );
    binding.close(owner);
    expect((await run(host, 'nft', ['list', 'tables'])).stdout).toBe('');
  });

  test('an empty plan', async () => {
    expect(await new Plan({ steps: [] }).apply()).toEqual({
      namespaces: {},
      replies: [],
      sockets: {},
      previous: {},
    });
  });

  test('a plan can be applied again', async () => {
    const [a, b] = [await scratchHost(), await scratchHost()];
    const steps: Step[] = [{ op: 'link.add', netns: 'host', body: { ifname: 'br0', kind: 'bridge' } }];
    await new Plan({ namespaces: { host: a }, steps }).apply();
    const plan = new Plan({ namespaces: { host: b }, steps });
    await plan.apply();
    expect(await netlinkError(plan.apply())).toMatchObject({ code: 'EEXIST', step: 0 });
    expect(await ipJson(b, 'link')).toHaveLength(2);
  });
});

describe('errors name the step', () => {
  test('in the kernel’s words, with the place and the path', async () => {
    const host = await scratchHost();
    const steps: Step[] = [
      { op: 'link.add', netns: 'host', body: { ifname: 'br0', kind: 'bridge', up: true } },
      { op: 'route.add', netns: 'host', body: { to: 'default', via: '10.0.0.1' } },
    ];
    const error = await netlinkError(new Plan({ namespaces: { host }, steps }).apply());
    expect(error).toMatchObject({
      code: 'ENETUNREACH',
      step: 1,
      operation: 'route.add',
      object: 'default via 10.0.0.1',
    });
    expect(error.message).toMatch(
      /^step 1 \(route\.add default via 10\.0\.0\.1 in 'host'\): .*\(ENETUNREACH\): Nexthop has invalid gateway/,
    );
  });

  test('a transaction names its request', async () => {
    const host = await scratchHost();
    const requests = [
      { family: 'nftTable', verb: 'add', body: { family: 'ip', name: 't' } },
      { family: 'nftRule', verb: 'add', body: { family: 'ip', table: 't', chain: 'none', expressions: [] } },
    ] as const;
    const steps: Step[] = [{ op: 'firewall', netns: 'host', requests }];
    const error = await netlinkError(new Plan({ namespaces: { host }, steps }).apply());
    expect(error).toMatchObject({ code: 'ENOENT', step: 0, object: 'request 1, nftRule.add' });
    expect((await run(host, 'nft', ['list', 'tables'])).stdout).toBe('');
  });

  test('a sysctl, a namespace, a name', async () => {
    const host = await scratchHost();
    const named = await namedHost();
    const run = (step: Step): Promise<unknown> => new Plan({ namespaces: { host }, steps: [step] }).apply();
    const sysctl = {
      op: 'sysctl',
      netns: 'host',
      path: 'net/ipv4/conf/none/forwarding',
      value: '1',
    } as const;
    expect(await netlinkError(run(sysctl))).toMatchObject({
      code: 'ENOENT',
      operation: 'sysctl',
      object: `${sysctl.path}=1`,
    });
    const open = { op: 'netns.open', netns: 'x', path: '/run/netns/never-made' } as const;
    expect(await netlinkError(run(open))).toMatchObject({ code: 'ENOENT', operation: 'netns.open' });
    const create = { op: 'netns.create', netns: 'x', name: named.name } as const;
    expect(await netlinkError(run(create))).toMatchObject({ code: 'EEXIST', object: named.name });
    expect(await ipJson(named, 'link')).toHaveLength(1);
  });
});

describe('a wrong plan does nothing at all', () => {
  test('a wrong body in the last step is found before the first is done', async () => {
    const host = await scratchHost();
    const steps = [
      { op: 'link.add', netns: 'host', body: { ifname: 'br0', kind: 'bridge' } },
      { op: 'addr.add', netns: 'host', body: { dev: 'br0', address: '10.0.0.1/33' } },
    ] as const;
    const error = await validationError(new Plan({ namespaces: { host }, steps }).apply());
    expect(error).toMatchObject({ path: 'address', value: '10.0.0.1/33', step: 1, operation: 'addr.add' });
    expect(error.message).toMatch(/^step 1 \(addr\.add 10\.0\.0\.1\/33 dev br0 in 'host'\): address: /);
    expect(await ipJson(host, 'link')).toHaveLength(1);
  });

  test('a wrong request of a transaction, an unknown label, a path within a peer', async () => {
    const host = await scratchHost();
    const run = (step: object): Promise<unknown> =>
      new Plan({ namespaces: { host }, steps: [step as Step] }).apply();
    const requests = [{ family: 'nftTable', verb: 'add', body: { family: 'ip', nmae: 't' } }];
    expect(await validationError(run({ op: 'firewall', netns: 'host', requests }))).toMatchObject({
      path: 'nmae',
      step: 0,
    });
    const body = { ifname: 'v', kind: 'veth', peer: { ifname: 'abcdefghijklmnopq' } };
    const tooLong = await validationError(run({ op: 'link.add', netns: 'host', body }));
    expect(tooLong).toMatchObject({ path: 'peer.ifname', value: 'abcdefghijklmnopq', step: 0 });
    expect((await validationError(run({ op: 'link.add', netns: 'hots', body }))).path).toBe('netns');
  });

  test('a namespace that was closed', async () => {
    const host = await namedHost();
    await host.close();
    const steps: Step[] = [{ op: 'link.set', netns: 'host', body: { ifname: 'lo', up: true } }];
    await expect(new Plan({ namespaces: { host }, steps }).apply()).rejects.toThrow(ClosedError);
    await tool('ip', ['netns', 'delete', host.name]);
  });
});

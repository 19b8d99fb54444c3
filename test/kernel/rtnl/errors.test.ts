import {
  type Json,
  ipJson,
  netlinkError,
  needTools,
  runChildBy,
  scratchHost,
  validationError,
} from '../../support';

needTools('ip', 'setpriv');

/** Bodies as JavaScript callers may write them, past the types. */
function untyped(body: object): never {
  return body as never;
}

test('the path of an error leads to the next hop and its field', async () => {
  const host = await scratchHost();
  const { rtnl } = host;
  await rtnl.link.add({ ifname: 'v0', kind: 'veth', up: true, peer: { ifname: 'v1' } });
  await rtnl.link.set({ ifname: 'v1', up: true });
  await rtnl.addr.add({ dev: 'v0', address: '10.0.0.1/24' });
  const hops = [{ via: '10.0.0.2', dev: 'v0' }, { via: '10.0.0.3', dev: 'nope', weight: 3 }, { dev: 'v0' }];
  const error = await netlinkError(rtnl.route.add({ to: '10.50.0.0/16', multipath: hops }));
  expect(error).toMatchObject({ code: 'ENODEV', path: 'multipath[1].dev', operation: 'route.add' });
  const gateway = [
    { via: '10.0.0.2', dev: 'v0' },
    { via: '192.0.2.1', dev: 'v0' },
  ];
  const far = await netlinkError(rtnl.route.add({ to: '10.50.0.0/16', multipath: gateway }));
  expect(far).toMatchObject({ code: 'ENETUNREACH' });
  expect(await ipJson(host, 'route', 'show', '10.50.0.0/16')).toEqual([]);
});

test('settings of a port that is none yet are refused with the way out', async () => {
  const host = await scratchHost();
  const { rtnl } = host;
  await rtnl.link.add({ ifname: 'br0', kind: 'bridge' });
  await rtnl.link.add({ ifname: 'v0', kind: 'veth', peer: { ifname: 'v1' } });
  const settings = { slaveKind: 'bridge', slaveData: { isolated: true } } as const;
  const error = await netlinkError(rtnl.link.set({ ifname: 'v0', master: 'br0', ...settings }));
  expect(error).toMatchObject({ code: 'EOPNOTSUPP', object: 'v0' });
  expect(error.message).toMatch(/set its master in an earlier request$/);
  await rtnl.link.set({ ifname: 'v0', master: 'br0' });
  await rtnl.link.set({ ifname: 'v0', ...settings });
  const [port] = await ipJson(host, 'link', 'show', 'v0');
  expect(port.linkinfo.info_slave_data).toMatchObject({ isolated: true });
});

describe('refused before any system call', () => {
  test.each([
    [
      { ifname: 'v', kind: 'veth', peer: { ifname: 'abcdefghijklmnopq' } },
      'peer.ifname',
      /^link\.add: peer\.ifname: .*15 bytes.*'abcdefghijklmnopq'/,
    ],
    [{ ifname: 'v', kind: 'bridge', mtuu: 5 }, 'mtuu', /did you mean mtu\?/],
    [{ ifname: 'v', kind: 'bridge', data: { stpStat: 1 } }, 'data.stpStat', /did you mean stpState\?/],
    [{ ifname: 'v', kind: 'veth', peer: { ifnam: 'x' } }, 'peer.ifnam', /did you mean ifname\?/],
    [{ ifname: 'v', kind: 'bridge', mtu: 'big' }, 'mtu', /got 'big'/],
    [{ ifname: 'v', kind: 'bridge', mtu: -1 }, 'mtu', /-1/],
    [{ ifname: 'v', kind: 'bridge', address: '02:00:zz' }, 'address', /02:00:zz/],
    [{ ifname: 'v', kind: 'nonsense', data: { x: 1 } }, 'data', /nonsense/],
    [{ ifname: 'v', kind: 'veth', peer: { ifname: 'x', netns: 7 } }, 'peer.netns', /must be a name/],
    [{ ifname: 'v', kind: 'veth', peer: { ifname: 'x', netns: '../x' } }, 'peer.netns', /without '\/'/],
  ])('link.add %j', async (body, path, message) => {
    const host = await scratchHost();
    const error = await validationError(host.rtnl.link.add(untyped(body)));
    expect(error).toMatchObject({ code: 'ERR_VALIDATION', path, operation: 'link.add' });
    expect(error.message).toMatch(message);
    expect((await ipJson(host, 'link')).map(({ ifname }: Json) => ifname as string)).toEqual(['lo']);
  });

  test('addresses, routes, bodies', async () => {
    const { rtnl } = await scratchHost();
    const bad = await validationError(rtnl.addr.add({ dev: 'lo', address: '10.0.0.300/24' }));
    expect(bad).toMatchObject({ path: 'address', value: '10.0.0.300/24' });
    const auto = await validationError(
      rtnl.addr.add({ dev: 'lo', address: 'fd00::1/64', broadcast: 'auto' }),
    );
    expect(auto).toMatchObject({ path: 'broadcast', value: 'fd00::1/64' });
    const mixed = await validationError(rtnl.route.add({ to: 'fd00::/64', via: '10.0.0.1' }));
    expect(mixed.path).toBe('via');
    expect((await validationError(rtnl.link.add(untyped(null as unknown as object)))).path).toBe('body');
    expect((await validationError(rtnl.link.add(untyped([])))).path).toBe('body');
  });

  test('a bad request in a batch keeps all of it from being sent, and is named', async () => {
    const host = await scratchHost();
    const filled = host.rtnl.batch((batch) => {
      batch.link.add({ ifname: 'good', kind: 'bridge' });
      batch.link.add(untyped({ ifname: 'bad', kind: 'bridge', mtuu: 5 }));
    });
    expect(await validationError(filled)).toMatchObject({ path: 'mtuu', step: 1 });
    expect((await ipJson(host, 'link')).map(({ ifname }: Json) => ifname as string)).toEqual(['lo']);
  });
});

describe('refused by the kernel', () => {
  test('a name that exists: EEXIST with the object', async () => {
    const { rtnl } = await scratchHost();
    await rtnl.link.add({ ifname: 'br0', kind: 'bridge' });
    const error = await netlinkError(rtnl.link.add({ ifname: 'br0', kind: 'bridge' }));
    expect(error).toMatchObject({ code: 'EEXIST', errno: 17, operation: 'link.add', object: 'br0' });
    expect(error.message).toMatch(/^link\.add br0: .*\(EEXIST\)/);
    await rtnl.addr.add({ dev: 'br0', address: '10.0.0.1/24' });
    const twice = await netlinkError(rtnl.addr.add({ dev: 'br0', address: '10.0.0.1/24' }));
    expect(twice).toMatchObject({ code: 'EEXIST', object: '10.0.0.1/24 dev br0' });
  });

  test('what is not there: the kernel’s own errno, not a guess', async () => {
    const { rtnl } = await scratchHost();
    expect(await netlinkError(rtnl.link.get({ ifname: 'none' }))).toMatchObject({
      code: 'ENODEV',
      object: 'none',
    });
    expect(await netlinkError(rtnl.link.delete({ ifname: 'none' }))).toMatchObject({ code: 'ENODEV' });
    expect(await netlinkError(rtnl.link.delete({ group: 9 }))).toMatchObject({
      code: 'ENODEV',
      object: 'group 9',
    });
    expect(await netlinkError(rtnl.route.delete({ to: '10.0.0.0/8' }))).toMatchObject({ code: 'ESRCH' });
    expect(await netlinkError(rtnl.nexthop.delete({ id: 5 }))).toMatchObject({ code: 'ENOENT' });
    const device = await netlinkError(rtnl.addr.add({ dev: 'none', address: '10.0.0.1/24' }));
    expect(device).toMatchObject({ code: 'ENODEV', path: 'dev', syscall: 'SIOCGIFINDEX' });
    const master = await netlinkError(rtnl.link.add({ ifname: 'b', kind: 'bridge', master: 'none' }));
    expect(master).toMatchObject({ code: 'ENODEV', path: 'master', object: 'b' });
    const netns = await netlinkError(rtnl.link.set({ ifname: 'lo', netns: 'never-made' }));
    expect(netns).toMatchObject({ code: 'ENOENT', operation: 'link.set' });
  });

  test('the attribute that the kernel points at becomes a path of the caller’s object', async () => {
    const { rtnl } = await scratchHost();
    // The policy of vxlan's id allows 24 bits; the table 32.
    const body = { ifname: 'vx', kind: 'vxlan', data: { id: 0xffffffff, port: 4789 } } as const;
    const error = await netlinkError(rtnl.link.add(body));
    expect(error).toMatchObject({ code: 'ERANGE', path: 'data.id' });
    expect(error.extack).not.toBe('');
    const peer = { ifname: 'x', txqlen: 10, address: '02:00:00:00' };
    const inPeer = await netlinkError(rtnl.link.add({ ifname: 'v', kind: 'veth', peer }));
    expect(inPeer.object).toBe('v');
    expect(inPeer.path ?? 'peer.address').toMatch(/^peer\./);
  });

  test('without CAP_NET_ADMIN the error names it', async () => {
    const result = await runChildBy(
      ['setpriv', '--bounding-set=-net_admin', '--inh-caps=-net_admin'],
      'unprivileged',
    );
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(result.stdout)).toMatchObject({
      code: 'EPERM',
      operation: 'link.add',
      object: 'br0',
      message: expect.stringContaining('CAP_NET_ADMIN') as string,
    });
  });
});

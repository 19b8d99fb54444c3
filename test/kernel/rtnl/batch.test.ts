import { ipJson, type Json, needTools, scratchHost, testSince } from '../../support';

needTools('ip');

test('one result for each request, in order; a refusal keeps nothing else from being done', async () => {
  const host = await scratchHost();
  const results = await host.rtnl.batch((batch) => {
    batch.link.add({ ifname: 'br0', kind: 'bridge' });
    batch.link.add({ ifname: 'br0', kind: 'bridge' });
    batch.link.set({ ifname: 'br0', up: true });
    batch.addr.add({ dev: 'br0', address: '10.0.0.1/24' });
    batch.addr.add({ dev: 'none', address: '10.0.0.1/24' });
    batch.route.add({ to: '10.9.0.0/16', via: '10.0.0.2' });
    batch.link.delete({ ifname: 'none' });
  });
  expect(results.map((result) => (result.ok ? 'done' : result.error.code))).toEqual([
    'done',
    'EEXIST',
    'done',
    'done',
    'ENODEV',
    'done',
    'ENODEV',
  ]);
  expect(results[1]).toMatchObject({ error: { operation: 'link.add', object: 'br0' } });
  expect(results[6]).toMatchObject({ error: { operation: 'link.delete', object: 'none' } });
  expect((await ipJson(host, 'route')).map(({ dst }: Json) => dst as string)).toEqual([
    '10.0.0.0/24',
    '10.9.0.0/16',
  ]);
});

testSince('6.2', 'gets, lists and echoes answer with objects', async () => {
  const host = await scratchHost();
  const results = await host.rtnl.batch((batch) => {
    batch.link.add({ ifname: 'br0', kind: 'bridge' }, { echo: true });
    batch.link.get({ ifname: 'br0' });
    batch.link.list({});
    batch.rule.list({ family: 'inet' });
    batch.link.get({ ifname: 'none' });
  });
  const [made, got, listed, rules, none] = results as { ok: boolean; reply?: unknown }[];
  expect(made).toMatchObject({ ok: true, reply: { ifname: 'br0' } });
  expect(got).toMatchObject({ ok: true, reply: { ifname: 'br0', kind: 'bridge' } });
  expect(listed?.reply).toEqual([
    expect.objectContaining({ ifname: 'lo' }),
    expect.objectContaining({ ifname: 'br0' }),
  ]);
  expect(rules?.reply).toHaveLength(3);
  expect(none).toMatchObject({ ok: false, error: { code: 'ENODEV' } });
});

test('a thousand requests with every tenth refused', async () => {
  const host = await scratchHost();
  await host.rtnl.link.add({ ifname: 'br0', kind: 'bridge', up: true });
  const results = await host.rtnl.batch((batch) => {
    for (let number = 0; number < 1000; number++) {
      const host4 = `10.0.${number >> 8}.${number & 255}/32`;
      batch.addr.add({ dev: 'br0', address: number % 10 === 9 ? '10.0.0.0/32' : host4 });
    }
  });
  expect(results).toHaveLength(1000);
  for (const [number, result] of results.entries()) expect(result.ok).toBe(number % 10 !== 9);
  const addresses = (await ipJson(host, 'addr', 'show', 'dev', 'br0'))[0].addr_info as Json[];
  expect(addresses.filter(({ family }) => family === 'inet')).toHaveLength(900);
});

test('an empty batch and a batch that throws while it is filled', async () => {
  const { rtnl } = await scratchHost();
  expect(await rtnl.batch(() => undefined)).toEqual([]);
  const broken = rtnl.batch((batch) => {
    batch.link.add({ ifname: 'br0', kind: 'bridge' });
    throw new Error('mine');
  });
  await expect(broken).rejects.toThrow('mine');
  expect(await rtnl.link.list()).toHaveLength(1);
});

import { Network } from '../../../../src/network/network';
import type { NetworkNamespace } from '../../../../src/netns/namespace';
import {
  askUdp,
  BEYOND,
  BEYOND6,
  fetchText,
  type Json,
  killed,
  lab,
  lab6,
  needTools,
  netlinkError,
  nftJson,
  run,
  scratchName,
  serve,
  sh,
  validationError,
  waitForText,
  WAN,
  WAN6,
} from '../../../support';

needTools('ip', 'nft', 'curl', 'iptables-nft', 'iptables-legacy');

const BACK_ENDS = ['nftables', 'iptables-nft', 'iptables-legacy'] as const;
const SECOND = '192.0.2.77';

/** What a caller beyond the host gets; 'nothing' where nobody answers. */
async function called(ns: NetworkNamespace, target: string): Promise<string> {
  return fetchText(ns, target).catch(() => 'nothing');
}

describe.each(BACK_ENDS)('with %s', (firewall) => {
  test('every address of the host is published at once, later ones as well, loopback excepted', async () => {
    const { host, internet } = await lab();
    const network = await Network.create({ name: 'any', subnet: '10.61.0.0/24', host, firewall });
    const [to, neighbour] = await network.attachMany(['to', 'neighbour']);
    const server = await serve(to.netns, 80, 'inside');
    const own = await serve(host, 8080, 'the host itself');
    const any = { hostAddress: '0.0.0.0', hostPort: 8080, to, port: 80 };
    expect(await netlinkError(network.publish(any))).toMatchObject({
      code: 'EADDRINUSE',
      operation: 'network.publish',
      object: '0.0.0.0:8080/tcp',
    });
    const publication = await network.publish({ ...any, takeOver: true });
    await run(host, 'ip', ['addr', 'add', `${SECOND}/24`, 'dev', 'wan0']);
    expect(await called(internet, `${WAN}:8080`)).toBe(`inside ${BEYOND}`);
    expect(await called(internet, `${SECOND}:8080`)).toBe(`inside ${BEYOND}`);
    expect(await called(host, `${WAN}:8080`)).toMatch(/^inside /);
    expect(await called(neighbour.netns, `${WAN}:8080`)).toMatch(/^inside /);
    expect(await called(host, '127.0.0.1:8080')).toBe('the host itself 127.0.0.1');
    // A port of one address belongs to the same ports.
    const one = { hostAddress: WAN, hostPort: 8080, to: neighbour, port: 81, takeOver: true };
    expect((await validationError(network.publish(one))).message).toContain(
      `is published already by 0.0.0.0:8080/tcp, to ${to.address} port 80: withdraw that publication first`,
    );
    expect((await network.inspect()).publications).toEqual([
      { hostAddress: '0.0.0.0', hostPort: 8080, protocol: 'tcp', address: to.address, port: 80 },
    ]);
    await publication.delete();
    await publication.delete();
    expect(await called(internet, `${WAN}:8080`)).toBe(`the host itself ${BEYOND}`);
    // The other way round.
    await network.publish(one);
    await expect(network.publish({ ...any, takeOver: true })).rejects.toMatchObject({ path: 'hostPort' });
    for (const process of [server, own]) await process.stop();
    await network.delete();
  });

  test('datagrams to every address of the host', async () => {
    const { host, internet } = await lab();
    const network = await Network.create({ name: 'any', subnet: '10.61.0.0/24', host, firewall });
    const to = await network.attach('to');
    const server = await serve(to.netns, 53, 'inside', 'udp');
    const publication = await network.publish({
      ...{ hostAddress: '0.0.0.0', hostPort: 5353, to, port: 53, protocol: 'udp' },
    });
    expect(await askUdp(internet, WAN, 5353, 40_000)).toBe(`inside ${BEYOND}`);
    await publication.delete();
    await expect(askUdp(internet, WAN, 5353, 40_000)).rejects.toThrow();
    await server.stop();
    await network.delete();
  });

  test('ranges are published and withdrawn as one', async () => {
    const { host, internet } = await lab();
    const network = await Network.create({ name: 'range', subnet: '10.61.0.0/24', host, firewall });
    const to = await network.attach('to');
    const servers = await Promise.all([0, 1, 2].map((index) => serve(to.netns, 80 + index, `port ${index}`)));
    const publication = await network.publish({
      ...{ hostAddress: WAN, hostPort: '8000-8002', to, port: '80-82' },
    });
    expect(publication).toMatchObject({ hostPort: '8000-8002', port: '80-82' });
    const answers = async (): Promise<string[]> =>
      Promise.all([8000, 8001, 8002].map((port) => called(internet, `${WAN}:${port}`)));
    expect(await answers()).toEqual([0, 1, 2].map((index) => `port ${index} ${BEYOND}`));
    await publication.delete();
    expect(await answers()).toEqual(['nothing', 'nothing', 'nothing']);
    for (const server of servers) await server.stop();
    await network.delete();
  });
});

test('a port is chosen for 0: none that is published, and none on which the host listens', async () => {
  const { host, internet } = await lab();
  const network = await Network.create({ name: 'chosen', subnet: '10.61.0.0/24', host });
  const to = await network.attach('to');
  const server = await serve(to.netns, 80, 'inside');
  const rule = { hostAddress: WAN, hostPort: 0, to, port: 80 };
  const publications = await network.publishMany(Array.from({ length: 500 }, () => rule));
  const ports = publications.map(({ hostPort }) => Number(hostPort));
  expect(new Set(ports).size).toBe(500);
  expect(Math.min(...ports)).toBeGreaterThanOrEqual(49152);
  const judged = (await nftJson(host)).flatMap(({ map }: Json) => (map?.elem ?? []) as Json[]);
  expect(judged.map(([{ elem }]: Json) => elem.val.concat[2] as number).sort()).toEqual([...ports].sort());
  expect(await called(internet, `${WAN}:${ports[499]}`)).toBe(`inside ${BEYOND}`);
  await server.stop();
  await network.delete();
});

describe('a port on which a process of the host listens', () => {
  const cases = [
    ['on that address', WAN, 'http', 'tcp'],
    ['on every address', '0.0.0.0', 'http', 'tcp'],
    ['on every address of both families', '::', 'dual', 'tcp'],
    ['on every address, for datagrams', '0.0.0.0', 'udp', 'udp'],
  ] as const;
  const program = (address: string, kind: string): string =>
    kind === 'udp'
      ? `const s = require('dgram').createSocket('udp4'); s.bind(8080, '${address}', () => console.log('ready'))`
      : `require('net').createServer().listen(8080, '${address}', () => console.log('ready'))`;

  test.each(cases)('%s is refused, and can be taken over', async (_what, address, kind, protocol) => {
    const { host } = await lab();
    const network = await Network.create({ name: 'held', subnet: '10.61.0.0/24', host });
    const to = await network.attach('to');
    const child = host.spawn(process.execPath, ['-e', program(address, kind)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await waitForText(child, 'ready');
    const rule = { hostAddress: WAN, hostPort: 8080, to, port: 80, protocol };
    const error = await netlinkError(network.publish(rule));
    expect(error).toMatchObject({ code: 'EADDRINUSE', object: `${WAN}:8080/${protocol}` });
    expect(error.message).toMatch(
      /a process of the host listens on .*: end that process, choose another port, or publish/,
    );
    expect((await network.inspect()).publications).toEqual([]);
    // The other protocol, and another port, are free.
    await network.publish({ ...rule, protocol: protocol === 'tcp' ? 'udp' : 'tcp' });
    await network.publish({ ...rule, hostPort: 8081 });
    await (await network.publish({ ...rule, takeOver: true })).delete();
    await killed(child);
    await network.publish(rule);
    await network.delete();
  });
});

test('an address that the host lacks is refused, and taken once the host has it', async () => {
  const { host } = await lab();
  const network = await Network.create({
    name: 'lacks',
    subnet: '10.61.0.0/24',
    subnet6: 'fd00:61::/64',
    host,
  });
  const to = await network.attach('to');
  await sh(host, 'ip addr add 2001:db8::1/64 dev wan0 nodad');
  for (const [hostAddress, has] of [
    [SECOND, `ip addr add ${SECOND}/24 dev wan0`],
    [BEYOND, undefined],
    [to.address, undefined],
    ['203.0.113.9', `ip addr add 203.0.113.9/32 dev lo`],
    ['2001:db8::2', 'ip addr add 2001:db8::2/64 dev wan0 nodad'],
    ['fd00:61::77', undefined],
  ] as const) {
    const rule = { hostAddress, hostPort: 80, to, port: 80 };
    const error = await validationError(network.publish(rule));
    expect(error).toMatchObject({ path: 'hostAddress', value: hostAddress, operation: 'network.publish' });
    expect(error.message).toContain('must be an address of the host');
    if (has === undefined) continue;
    await sh(host, has);
    await (await network.publish(rule)).delete();
  }
  await network.publish({ hostAddress: '::', hostPort: 80, to, port: 80 });
  await network.publish({ hostAddress: '0.0.0.0', hostPort: 80, to, port: 80 });
  expect((await network.inspect()).publications.map(({ hostAddress }) => hostAddress).sort()).toEqual([
    '0.0.0.0',
    '::',
  ]);
  await network.delete();
});

test('every address of IPv6', async () => {
  const { host, internet } = await lab6();
  const network = await Network.create({
    name: 'six',
    subnet: '10.61.0.0/24',
    subnet6: 'fd00:61::/64',
    host,
  });
  const to = await network.attach(scratchName());
  const server = await serve(to.netns, 80, 'inside', 'http6');
  const publication = await network.publish({ hostAddress: '::', hostPort: 8080, to, port: 80 });
  expect(await called(internet, `[${WAN6}]:8080`)).toBe(`inside ${BEYOND6}`);
  expect(await called(host, `[${WAN6}]:8080`)).toMatch(/^inside /);
  expect(await called(internet, `${WAN}:8080`)).toBe('nothing');
  await publication.delete();
  expect(await called(internet, `[${WAN6}]:8080`)).toBe('nothing');
  await server.stop();
  await network.delete();
});

test('what another process published is listed and withdrawn once the network is open', async () => {
  const { host, internet } = await lab({ named: true });
  const spec = { name: 'shared', subnet: '10.61.0.0/24', host, lifetime: 'persistent' } as const;
  const made = await Network.create(spec);
  const [one, two] = await made.attachMany([scratchName(), scratchName()]);
  await made.publish({ hostAddress: WAN, hostPort: '8000-8002', to: one, port: '80-82' });
  await made.publish({ hostAddress: '0.0.0.0', hostPort: 5353, to: two, port: 53, protocol: 'udp' });
  await made.close();

  const opened = await Network.open('shared', { host });
  const listed = (): string[] =>
    opened.publications.map(
      ({ hostAddress, hostPort, protocol, port, address, to }) =>
        `${hostAddress} ${hostPort} ${protocol} ${address} ${port} ${String(to?.name)}`,
    );
  const elements = async (): Promise<number> =>
    (await nftJson(host)).flatMap(({ map }: Json) => (map?.elem ?? []) as Json[]).length;
  expect(listed()).toEqual([
    `${WAN} 8000 tcp ${one.address} 80 ${one.name}`,
    `${WAN} 8001 tcp ${one.address} 81 ${one.name}`,
    `${WAN} 8002 tcp ${one.address} 82 ${one.name}`,
    `0.0.0.0 5353 udp ${two.address} 53 ${two.name}`,
  ]);
  expect(await elements()).toBe(4);
  await opened.publications[1]?.delete();
  expect(listed()).toHaveLength(3);
  await opened.unpublish({ hostAddress: WAN, hostPort: '8000-8002' });
  await opened.unpublish({ hostAddress: WAN, hostPort: '8000-8002' });
  expect(listed()).toHaveLength(1);
  expect(await elements()).toBe(1);
  expect(await called(internet, `${WAN}:8000`)).toBe('nothing');
  for (const [path, wrong] of [
    ['hostPort', { hostAddress: WAN, hostPort: 0 }],
    ['hostAddress', { hostAddress: 'here', hostPort: 80 }],
    ['port', undefined],
  ] as const) {
    await expect(opened.unpublish(wrong as never)).rejects.toMatchObject({
      path,
      operation: 'network.unpublish',
    });
  }
  // A publication ends with its endpoint.
  await opened.detach(opened.endpoints.find(({ name }) => name === two.name) ?? []);
  expect(listed()).toEqual([]);
  expect(await elements()).toBe(0);
  await opened.delete();
});

test('the networks of a host are listed, whoever holds them', async () => {
  const { host } = await lab({ named: true });
  expect(await Network.list({ host })).toEqual([]);
  const own = await Network.create({ name: 'own', subnet: '10.61.0.0/24', host });
  const kept = await Network.create({ name: 'kept', subnet: '10.62.0.0/24', host, lifetime: 'persistent' });
  await kept.attach(scratchName());
  const described = {
    ...{ name: 'kept', lifetime: 'persistent', device: 'nl-kept', standing: true, subnet: '10.62.0.0/24' },
    ...{ gateway: '10.62.0.1', endpoints: 1 },
  };
  const mine = { name: 'own', lifetime: 'process', device: 'nl-own', standing: true };
  expect(await Network.list({ host })).toEqual([described, mine]);
  await run(host, 'ip', ['link', 'delete', 'nl-kept']);
  expect(await Network.list({ host })).toEqual([{ ...described, standing: false }, mine]);
  await kept.delete();
  await own.delete();
  expect(await Network.list({ host })).toEqual([]);
});

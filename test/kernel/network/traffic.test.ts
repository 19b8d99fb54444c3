import { Network } from '../../../src/network/network';
import {
  askUdp,
  BEYOND,
  fetchText,
  keep,
  lab,
  machineSnapshot,
  needTools,
  ping,
  reaches,
  run,
  scratchHost,
  scratchName,
  serve,
  snapshot,
  WAN,
} from '../../support';

needTools('ip', 'nft', 'ping', 'curl', 'nsenter');

// The main job, judged by packets: in both lifetimes the same, and afterwards the host is what it was.
describe.each(['process', 'persistent'] as const)('a %s network', (lifetime) => {
  test('joins its namespaces, their host and a host beyond the NAT, and leaves no trace', async () => {
    const { host, internet } = await lab({ named: true });
    const [before, machine] = [await snapshot(host), machineSnapshot()];
    const network = await Network.create({ name: 'web', subnet: '10.66.0.0/24', host, lifetime });
    const [red, blue] = [await network.attach(scratchName()), await network.attach(scratchName())];
    expect([red.address, blue.address]).toEqual(['10.66.0.2', '10.66.0.3']);

    await ping(red.netns, '10.66.0.1');
    await ping(red.netns, blue.address);
    await ping(blue.netns, red.address);
    await ping(host, red.address);
    await ping(blue.netns, BEYOND);
    await ping(red.netns, '127.0.0.1');

    // Beyond the NAT nobody sees an address of the network.
    const server = await serve(internet, 80, 'internet');
    expect(await fetchText(red.netns, BEYOND)).toBe(`internet ${WAN}`);
    await server.stop();

    await network.delete();
    expect(await snapshot(host)).toEqual(before);
    expect(machineSnapshot()).toEqual(machine);
  });

  test('publishes a port to strangers, to the host and to neighbours', async () => {
    const { host, internet } = await lab();
    const network = await Network.create({ name: 'pub', subnet: '10.66.0.0/24', host, lifetime });
    const [web, neighbour] = await network.attachMany([scratchName(), scratchName()]);
    const server = await serve(web.netns, 5000, 'web');
    const publication = await network.publish({ hostAddress: WAN, hostPort: 8080, to: web, port: 5000 });

    expect(await fetchText(internet, `${WAN}:8080`)).toBe(`web ${BEYOND}`);
    expect(await fetchText(host, `${WAN}:8080`)).toBe(`web ${WAN}`);
    // By way of the host, or the answer would come from a stranger's address.
    expect(await fetchText(neighbour.netns, `${WAN}:8080`)).toBe('web 10.66.0.1');
    expect(await fetchText(web.netns, `${WAN}:8080`)).toBe('web 10.66.0.1');

    await publication.delete();
    await publication.delete();
    await expect(fetchText(internet, `${WAN}:8080`)).rejects.toThrow();
    await server.stop();
    await network.delete();
  });

  test('publishes UDP', async () => {
    const { host, internet } = await lab();
    const network = await Network.create({ name: 'udp', subnet: '10.66.0.0/24', host, lifetime });
    const endpoint = await network.attach(scratchName());
    const server = await serve(endpoint.netns, 53, 'udp', 'udp');
    await network.publish({ hostAddress: WAN, hostPort: 5353, to: endpoint, port: 53, protocol: 'udp' });
    expect(await askUdp(internet, WAN, 5353)).toBe(`udp ${BEYOND}`);
    await server.stop();
    await network.delete();
  });
});

test('a neighbour of the host cannot reach the network past the NAT', async () => {
  const { host, internet } = await lab();
  const network = await Network.create({ name: 'web', subnet: '10.66.0.0/24', host });
  const endpoint = await network.attach('red');
  await run(internet, 'ip', ['route', 'add', '10.66.0.0/24', 'via', WAN]);
  expect(await reaches(internet, endpoint.address)).toBe(false);
  await run(host, 'nft', ['list', 'table', 'ip', 'netloom-web']);
  await network.delete();
});

test('a host that forwards only for a network does not become a router for others', async () => {
  const { host, internet } = await lab();
  // A second neighbour on another interface, with a way back to the internet by the host.
  const other = await scratchHost();
  const place = `/proc/${process.pid}/fd/${other.fd}`;
  const script = `ip link add dmz0 type veth peer name eth0 netns ${place}; ip addr add 198.51.100.1/24 dev dmz0; ip link set dmz0 up`;
  await run(host, 'sh', ['-ec', script]);
  await run(other, 'sh', [
    ...[
      '-ec',
      'ip addr add 198.51.100.2/24 dev eth0; ip link set eth0 up; ip route add default via 198.51.100.1',
    ],
  ]);
  await run(internet, 'ip', ['route', 'add', '198.51.100.0/24', 'via', WAN]);
  expect(await reaches(internet, '198.51.100.2')).toBe(false);
  const network = await Network.create({
    name: 'web',
    subnet: '10.66.0.0/24',
    host,
    nat: { interfaces: ['wan0', 'dmz0'] },
  });
  expect(await reaches(internet, '198.51.100.2')).toBe(false);
  // Nobody published anything: the published port of a transit address is not hijacked either.
  const endpoint = await network.attach('red');
  await ping(endpoint.netns, '198.51.100.2');
  await network.delete();
});

test('two networks on one host share its forwarding; the last one restores it', async () => {
  const { host } = await lab();
  const before = await snapshot(host);
  const first = await Network.create({ name: 'one', subnet: '10.66.1.0/24', host });
  const second = await Network.create({ name: 'two', subnet: '10.66.2.0/24', host, lifetime: 'persistent' });
  const [red, blue] = [await first.attach('red'), await second.attach(scratchName())];
  await ping(red.netns, BEYOND);
  await ping(blue.netns, BEYOND);
  await first.delete();
  await ping(blue.netns, BEYOND);
  await second.delete();
  expect(await snapshot(host)).toEqual(before);
});

test('without NAT the namespaces reach each other and their host, and nothing else', async () => {
  const { host } = await lab();
  const network = await Network.create({ name: 'inner', subnet: '10.66.0.0/24', host, nat: false });
  const [red, blue] = await network.attachMany(2);
  if (!red || !blue) throw new Error('attachMany made no endpoints');
  await ping(red.netns, blue.address);
  await ping(host, red.address);
  expect(await reaches(red.netns, BEYOND)).toBe(false);
  await expect(network.publish({ hostAddress: WAN, hostPort: 80, to: red, port: 80 })).rejects.toMatchObject({
    code: 'ERR_VALIDATION',
    path: 'nat',
  });
  await network.delete();
});

test('a namespace that exists is attached, and survives the network', async () => {
  const { host } = await lab();
  const ns = keep(await scratchHost());
  const before = await snapshot(ns);
  const network = await Network.create({ name: 'web', subnet: '10.66.0.0/24', host });
  const endpoint = await network.attach(ns, {
    address: '10.66.0.77',
    ifname: 'net0',
    mac: '02:00:00:00:00:77',
  });
  expect(endpoint).toMatchObject({
    address: '10.66.0.77',
    ifname: 'net0',
    mac: '02:00:00:00:00:77',
    netns: ns,
  });
  await ping(ns, BEYOND);
  await network.detach(endpoint);
  await network.detach(endpoint);
  expect(await snapshot(ns)).toEqual(before);
  await network.attach(ns);
  await network.delete();
  expect(await snapshot(ns)).toEqual(before);
});

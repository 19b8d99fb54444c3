import { ValidationError } from '../../../../src/errors/errors';
import { isSamePort } from '../../../../src/firewall/network/published-port';
import type { BoundSocket } from '../../../../src/native/contract';
import { choosePorts } from '../../../../src/network/publish/choose-ports';
import type { Endpoint } from '../../../../src/network/runtime/endpoint';
import { HostSockets } from '../../../../src/network/host/sockets';
import {
  checkRules,
  namedBy,
  publicationsFor,
  type PublishRule,
} from '../../../../src/network/publish/publication';

const to = { name: 'web', address: '10.0.0.2' } as Endpoint;
const endpoints = [to];
const good: PublishRule = { hostAddress: '192.0.2.1', hostPort: 80, port: 8080, to };

function refusal(...rules: unknown[]): unknown {
  try {
    return checkRules(rules as PublishRule[], endpoints, 'network.publish');
  } catch (error) {
    if (error instanceof ValidationError) return [error.path, error.problem, error.value];
    throw error;
  }
}

test('a rule has a protocol, and its address is written in one way', () => {
  const six = { ...good, hostAddress: '2001:DB8::0:1', protocol: 'udp' };
  expect(refusal(good, six)).toEqual([
    { ...good, protocol: 'tcp', count: 1, takeOver: false },
    { ...six, hostAddress: '2001:db8::1', count: 1, takeOver: false },
  ]);
});

test.each<[string, unknown, RegExp]>([
  ['hostAddress', undefined, /must be an address of the host, such as/],
  ['hostAddress', '192.0.2', /must be an address, such as/],
  ['hostAddress', '0.0.0.1', /one of the host's addresses, or "0\.0\.0\.0" for all of them/],
  ['hostAddress', '::1', /publish on 127\.0\.0\.1/],
  ['hostAddress', 'fe80::1', /must not be a link-local address/],
  ['hostPort', 80.5, /a whole number/],
  ['hostPort', -1, /1 to 65535, 0 for any free port/],
  ['hostPort', '80', /or a range such as "8000-8009"/],
  ['hostPort', '90-80', /or a range such as/],
  ['hostPort', '0-80', /or a range such as/],
  ['hostPort', '65530-65536', /or a range such as/],
  ['port', 0, /1 to 65535/],
  ['port', '80-81', /a range of as many ports as hostPort: 1/],
  ['takeOver', 'yes', /true or false/],
  ['port', 65536, /1 to 65535/],
  ['protocol', 'sctp', /"tcp" or "udp"/],
  ['to', 'web', /an endpoint of this network/],
  ['adress', '192.0.2.1', /is not an option; the options are hostAddress, hostPort, port, protocol, to/],
])('%s %j is refused, and among many by its place', (key, value, problem) => {
  const wrong = { ...good, [key]: value };
  expect(refusal(wrong)).toEqual([key, expect.stringMatching(problem), value]);
  expect(refusal(good, wrong)).toEqual([`[1].${key}`, expect.stringMatching(problem), value]);
});

test('ranges have as many ports on both sides, and 0 is one', () => {
  const range = { ...good, hostPort: '8000-8009', port: '80-89' };
  expect(refusal(range)).toEqual([
    { ...good, hostPort: 8000, count: 10, port: 80, protocol: 'tcp', takeOver: false },
  ]);
  expect(refusal({ ...range, hostPort: '80-80', port: 80 })).toMatchObject([{ hostPort: 80, count: 1 }]);
  expect(refusal({ ...range, hostPort: 0, port: 80 })).toMatchObject([{ hostPort: 0, count: 1, port: 80 }]);
  for (const port of ['80-88', '80-90', 80]) {
    expect(refusal({ ...range, port })).toEqual(['port', expect.stringMatching(/as hostPort: 10$/), port]);
  }
});

test.each([
  ['0.0.0.0', '192.0.2.1', true],
  ['192.0.2.1', '0.0.0.0', true],
  ['0.0.0.0', '0.0.0.0', true],
  ['::', '2001:db8::1', true],
  ['0.0.0.0', '2001:db8::1', false],
  ['::', '192.0.2.1', false],
  ['192.0.2.2', '192.0.2.1', false],
])('%s and %s are the same port of the host: %s', (one, other, same) => {
  const port = { hostPort: 80, protocol: 'tcp' } as const;
  expect(isSamePort({ ...port, hostAddress: one }, { ...port, hostAddress: other })).toBe(same);
  expect(isSamePort({ ...port, hostAddress: one }, { hostPort: 80, protocol: 'udp', hostAddress: one })).toBe(
    false,
  );
});

test.each<[string, Partial<BoundSocket>, string, boolean, boolean]>([
  ['that address', { address: '192.0.2.1' }, '192.0.2.1', false, true],
  ['another address', { address: '192.0.2.2' }, '192.0.2.1', false, false],
  ['every address', { address: '0.0.0.0' }, '192.0.2.1', false, true],
  ['every address of IPv6', { address: '::' }, '192.0.2.1', false, false],
  ['every address of both', { address: '::', both: true }, '192.0.2.1', false, true],
  ['one of all', { address: '192.0.2.2' }, '0.0.0.0', false, true],
  ['loopback, of all but loopback', { address: '127.0.0.1' }, '0.0.0.0', false, false],
  ['loopback, of all', { address: '127.0.0.1' }, '0.0.0.0', true, true],
  ['loopback of IPv6, of all but loopback', { address: '::1' }, '::', false, false],
  ['loopback of IPv6, which is never published', { address: '::1' }, '::', true, false],
  [
    'that address, by the other protocol',
    { address: '192.0.2.1', protocol: 'udp' },
    '192.0.2.1',
    false,
    false,
  ],
])('a socket on %s', (_what, socket, hostAddress, loopback, holds) => {
  const bound = { protocol: 'tcp', address: '', port: 80, both: false, ...socket } as const;
  const port = { hostAddress, hostPort: 80, protocol: 'tcp' } as const;
  expect(new HostSockets([bound], loopback).holderOf(port) !== undefined).toBe(holds);
  expect(new HostSockets([bound], loopback).holderOf({ ...port, hostPort: 81 })).toBeUndefined();
});

test('what is left out is refused in the words of what should be there', () => {
  const { hostPort: _, ...without } = good;
  const problem =
    'must be a port: a whole number, 1 to 65535, 0 for any free port, or a range such as "8000-8009"';
  expect(refusal(without)).toEqual(['hostPort', problem, undefined]);
  expect(refusal(good, [])).toEqual(['[1]', 'must be an object of options', []]);
  expect(() => checkRules('80' as unknown as PublishRule[], endpoints, 'network.publish')).toThrow(
    "network.publish: rules: must be an array of rules, got '80'",
  );
});

/** What these rules publish, where nothing else is. */
function chosenFor(...rules: PublishRule[]) {
  const checked = checkRules(rules, endpoints, 'network.publish');
  return { checked, ports: choosePorts(checked, [], new HostSockets([], false), 'network.publish') };
}

test('rules get their own ports, in their order, however many one has', async () => {
  const range = { ...good, hostPort: '8000-8002', port: '90-92', protocol: 'udp' } as const;
  const { checked, ports } = chosenFor(good, range, { ...good, hostPort: 81 });
  expect(ports.map(({ hostPort, port }) => [hostPort, port])).toEqual([
    [80, 8080],
    [8000, 90],
    [8001, 91],
    [8002, 92],
    [81, 8080],
  ]);
  const withdraw = jest.fn(() => Promise.resolve());
  const publications = publicationsFor(checked, ports, withdraw);
  expect(publications).toMatchObject([
    { hostPort: 80, port: 8080, protocol: 'tcp', address: '10.0.0.2', to },
    { hostPort: '8000-8002', port: '90-92', protocol: 'udp' },
    { hostPort: 81, port: 8080 },
  ]);
  await publications[1]?.delete();
  expect(withdraw).toHaveBeenCalledWith(ports.slice(1, 4), to);
  expect(namedBy(checked)).toEqual({
    hostAddresses: new Set(['192.0.2.1']),
    protocols: new Set(['tcp', 'udp']),
    targets: new Set([to]),
  });
});

test('a number is chosen by many addresses and protocols, and each of these once', () => {
  const many: PublishRule[] = ['192.0.2.1', '192.0.2.2', '192.0.2.3'].flatMap((hostAddress) =>
    (['tcp', 'udp'] as const).map((protocol) => ({ ...good, hostAddress, protocol })),
  );
  expect(chosenFor(...many).ports).toHaveLength(6);
  for (const { hostAddress, protocol = 'tcp' } of many) {
    const again = { ...good, hostAddress, protocol, port: 9090 };
    const key = `${hostAddress}:80/${protocol}`;
    expect(() => chosenFor(...many, again)).toThrow(`remove one of the rules, got '${key}'`);
    expect(() => chosenFor(...many, again)).toThrow('10.0.0.2 port 8080');
  }
  const all = { ...good, hostAddress: '0.0.0.0' };
  expect(() => chosenFor(...many, all)).toThrow(
    /is published twice in this call, also by 192\.0\.2\.\d:80\/tcp/,
  );
});

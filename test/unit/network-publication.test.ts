import { ValidationError } from '../../src/errors';
import type { Endpoint } from '../../src/network/endpoint';
import type { Network } from '../../src/network/network';
import { checkRules, type PublishRule } from '../../src/network/publication';

const to = { name: 'web', address: '10.0.0.2' } as Endpoint;
const network = { endpoints: [to] } as unknown as Network;
const good: PublishRule = { hostAddress: '192.0.2.1', hostPort: 80, port: 8080, to };

function refusal(...rules: unknown[]): unknown {
  try {
    return checkRules(rules as PublishRule[], network, 'network.publish');
  } catch (error) {
    if (error instanceof ValidationError) return [error.path, error.problem, error.value];
    throw error;
  }
}

test('a rule has a protocol, and its address is written in one way', () => {
  const six = { ...good, hostAddress: '2001:DB8::0:1', protocol: 'udp' };
  expect(refusal(good, six)).toEqual([
    { ...good, protocol: 'tcp' },
    { ...six, hostAddress: '2001:db8::1' },
  ]);
});

test.each<[string, unknown, RegExp]>([
  ['hostAddress', undefined, /choose which/],
  ['hostAddress', '192.0.2', /must be an address, such as/],
  ['hostAddress', '0.0.0.0', /publish on each that is meant/],
  ['hostAddress', '::', /publish on each that is meant/],
  ['hostAddress', '::1', /publish on 127\.0\.0\.1/],
  ['hostPort', 80.5, /a whole number/],
  ['port', 65536, /1 to 65535/],
  ['protocol', 'sctp', /"tcp" or "udp"/],
  ['to', 'web', /an endpoint of this network/],
  ['adress', '192.0.2.1', /is no option; there are hostAddress, hostPort, port, protocol, to/],
])('%s %j is refused, and among many by its place', (key, value, problem) => {
  const wrong = { ...good, [key]: value };
  expect(refusal(wrong)).toEqual([key, expect.stringMatching(problem), value]);
  expect(refusal(good, wrong)).toEqual([`[1].${key}`, expect.stringMatching(problem), value]);
});

test('what is left out is refused in the words of what should be there', () => {
  const { hostPort: _, ...without } = good;
  expect(refusal(without)).toEqual(['hostPort', 'must be a port: a whole number, 1 to 65535', undefined]);
  expect(refusal(good, [])).toEqual(['[1]', 'must be an object of options', []]);
  expect(() => checkRules('80' as unknown as PublishRule[], network, 'network.publish')).toThrow(
    "network.publish: rules: must be an array of rules, got '80'",
  );
});

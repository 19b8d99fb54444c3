import { addressBytes, addressText, canonicalAddress } from '../../../../src/base/ip';
import { attachSteps } from '../../../../src/network/steps/attach-steps';
import { createSteps } from '../../../../src/network/steps/create-steps';
import { SWITCH_BRIDGE_INDEX } from '../../../../src/network/model/labels';
import type { Layout } from '../../../../src/network/model/layout';
import type { Member } from '../../../../src/network/model/member';
import { resolveSpec } from '../../../../src/network/spec/resolve-spec';
import { allocate6, linkLocal, parseSubnet6, type Subnet6 } from '../../../../src/network/addressing/subnet6';
import { Addresses } from '../../../../src/network/addressing/addresses';
import { Compiler } from '../../../../src/plan/compile/compile';

const good = { name: 'web', subnet: '10.0.0.0/24', subnet6: 'fd00:1::/64' };

test('a subnet6 has a gateway6, written as everybody does', () => {
  expect(resolveSpec(good).spec6).toEqual({ subnet: 'fd00:1::/64', gateway: 'fd00:1::1' });
  expect(resolveSpec({ ...good, gateway6: 'FD00:1:0::00ff' }).spec6?.gateway).toBe('fd00:1::ff');
  expect(resolveSpec({ name: 'web', subnet: '10.0.0.0/24' })).not.toHaveProperty('spec6');
});

test.each<[string, Record<string, unknown>, RegExp]>([
  ['subnet6', { subnet6: 6 }, /must be an IPv6 network/],
  ['subnet6', { subnet6: 'fd00::' }, /with its prefix/],
  ['subnet6', { subnet6: '10.0.0.0/24' }, /must be an IPv6 network/],
  ['subnet6', { subnet6: 'fd00::1/64' }, /must be "fd00::\/64"/],
  ['subnet6', { subnet6: 'fd00::/127' }, /prefix of 16 to 126/],
  ['subnet6', { subnet6: 'fe80::/64' }, /unicast/],
  ['subnet6', { subnet6: 'ff02::/64' }, /unicast/],
  ['subnet6', { subnet6: '::ffff:0:0/96' }, /unicast/],
  ['gateway6', { gateway6: 'fd00:2::1' }, /host address of fd00:1::\/64/],
  ['gateway6', { gateway6: 'fd00:1::' }, /host address/],
  ['gateway6', { gateway6: 'fd00:1::1/64' }, /without a prefix/],
  ['gateway6', { gateway6: 'fd00:1::1', subnet6: undefined }, /must not be set without subnet6/],
  ['mtu', { mtu: 1279 }, /at least 1280/],
])('%s is refused: %j', (path, change, remedy) => {
  const create = (): unknown => resolveSpec(JSON.parse(JSON.stringify({ ...good, ...change })));
  expect(create).toThrow(remedy);
  expect(create).toThrow(
    expect.objectContaining({ code: 'ERR_VALIDATION', operation: 'network.create', path }),
  );
});

test('addresses are counted from the lowest that is free', () => {
  const subnet = parseSubnet6('fd00::/125') as Subnet6;
  const taken = new Addresses(['fd00::1', 'fd00::3']);
  expect(allocate6(subnet, taken, 5, 'x')).toEqual(['fd00::2', 'fd00::4', 'fd00::5', 'fd00::6', 'fd00::7']);
  expect(() => allocate6(subnet, taken, 6, 'x')).toThrow(/has 5 of 7 host addresses free, 6 are needed/);
  expect(allocate6(parseSubnet6('fd00::/16') as Subnet6, new Addresses([]), 2, 'x')).toEqual([
    'fd00::1',
    'fd00::2',
  ]);
});

test('a MAC address has the link-local address that RFC 4291 gives it', () => {
  expect(linkLocal('34:56:78:9a:bc:de')).toBe('fe80::3656:78ff:fe9a:bcde/64');
});

test('addresses of both families are bytes, there and back', () => {
  for (const text of ['192.0.2.1', 'fd00::1', '::', '2001:db8::1:0:0:1'])
    expect(addressText(addressBytes(text))).toBe(text);
  expect(canonicalAddress('2001:DB8:0:0::0001')).toBe('2001:db8::1');
  for (const text of ['fe80::1%eth0', 'fd00::1/64', '10.0.0.1/8', 'web', ''])
    expect(canonicalAddress(text)).toBeUndefined();
});

const layout: Layout = {
  ...resolveSpec({ name: 'web', subnet: '10.0.0.0/24' }),
  ipv6: true,
  mtu: 1500,
  inet6: {
    subnet: 'fd00:1::/64',
    gateway: 'fd00:1::1',
    perInterface: true,
  },
};
const member = (index: number): Member => ({
  name: `n${index}`,
  address: `10.0.0.${index}`,
  address6: `fd00:1::${index}`,
  ifname: 'eth0',
  mac: `02:00:00:00:00:0${index}`,
  port: `nlport${index}`,
  portMac: `02:00:00:00:01:0${index}`,
  created: true,
  defaultRoute: true,
});

test('nothing of a network waits for duplicate address detection, and nobody listens to advertisements', () => {
  const steps = [...createSteps(layout), ...attachSteps(layout, [member(2), member(3)], SWITCH_BRIDGE_INDEX)];
  expect(new Compiler(['host']).compile(steps).steps).toHaveLength(steps.length);
  const addresses = steps.filter((step) => step.op === 'addr.add' && step.body.address.includes(':'));
  expect(addresses).toHaveLength(6);
  for (const step of addresses) expect(step).toMatchObject({ body: { flags: ['nodad'] } });
  const quiet = steps.filter(
    (step) => step.op === 'sysctl' && step.path.endsWith('/accept_ra') && step.value === '0',
  );
  expect(quiet).toHaveLength(3);
});

test('a kernel that cannot forward by single interfaces is not asked to', () => {
  const paths = (perInterface: boolean): string[] =>
    createSteps({
      ...layout,
      inet6: { ...(layout.inet6 as Required<Layout>['inet6']), perInterface },
    }).flatMap((step) => (step.op === 'sysctl' && step.path.endsWith('forwarding') ? [step.path] : []));
  expect(paths(false)).toEqual(['net/ipv4/conf/nl-web/forwarding']);
  expect(paths(true)).toEqual(['net/ipv4/conf/nl-web/forwarding', 'net/ipv6/conf/nl-web/force_forwarding']);
});

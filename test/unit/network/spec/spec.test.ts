import { allocate, checkAddress } from '../../../../src/network/addressing/allocate';
import { checkManyOptions, checkOptions } from '../../../../src/network/members/attach-options';
import { derivedMac, deviceName, endpointIds } from '../../../../src/network/addressing/derived-names';
import { resolveSpec } from '../../../../src/network/spec/resolve-spec';
import { type NetworkSpec } from '../../../../src/network/spec/network-spec';
import { addressText, parseSubnet, type Subnet } from '../../../../src/network/addressing/subnet';
import { Addresses } from '../../../../src/network/addressing/addresses';
import { refusal } from '../../../support/failures';

const good: NetworkSpec = { name: 'web', subnet: '10.0.0.0/24' };
const onLan: NetworkSpec = {
  ...good,
  gateway: '10.0.0.254',
  range: '10.0.0.64/26',
  parent: 'eth0',
  lifetime: 'persistent',
};

test('a spec of name and subnet has defaults for the rest', () => {
  expect(resolveSpec(good)).toEqual({
    name: 'web',
    subnet: { text: '10.0.0.0/24', first: 0x0a000000, last: 0x0a0000ff, prefix: 24 },
    gateway: '10.0.0.1',
    neighbours: 'static',
    device: 'nl-web',
    nat: true,
    dns: { timeoutMs: 1500, files: true },
    mtu: 1500,
    lifetime: 'process',
  });
});

test('names are resolved where packets leave, and as the options say', () => {
  expect(resolveSpec({ ...good, nat: false }).dns).toBeUndefined();
  expect(resolveSpec({ ...good, dns: false }).dns).toBeUndefined();
  expect(resolveSpec({ ...good, nat: false, dns: true }).dns).toEqual({ timeoutMs: 1500, files: true });
  const dns = { upstreams: ['192.0.2.53', 'fd00::53'], timeoutMs: 200, files: false };
  expect(resolveSpec({ ...good, dns }).dns).toEqual(dns);
});

test.each([
  ['dns.upstreams', { upstreams: [] }, /at least one/],
  ['dns.timeoutMs', { timeoutMs: 0 }, /at least 10 ms/],
  ['dns.files', { files: 'yes' }, /true or false/],
  ['dns.upstreams', { upstreams: '192.0.2.53' }, /list of addresses/],
  ['dns.upstreams[1]', { upstreams: ['192.0.2.53', 'dns.example'] }, /such as "192/],
  [
    'dns.upstream',
    { upstream: ['192.0.2.53'] },
    /is not an option; the options are upstreams, timeoutMs, files/,
  ],
  ['dns', ['192.0.2.53'], /must be true, false or/],
])('%s is refused: %j', (path, dns, remedy) => {
  const error = refusal(() => resolveSpec({ ...good, dns } as unknown as NetworkSpec));
  expect(error).toMatchObject({ code: 'ERR_VALIDATION', operation: 'network.create', path });
  expect(error.message).toMatch(remedy);
});

// Every refusal names the field, what was found there, and what would be right.
test.each<[string, Record<string, unknown>, RegExp]>([
  ['name', { name: '' }, /1 to 64 letters/],
  ['name', { name: '../etc' }, /letters, digits/],
  ['name', { name: 'a..b' }, /must not contain/],
  ['name', { name: 'a%d' }, /letters, digits/],
  ['name', { name: 7 }, /must be a string/],
  ['subnet', { subnet: '10.0.0.0' }, /with its prefix/],
  ['subnet', { subnet: '10.0.0.5/24' }, /must be "10\.0\.0\.0\/24"/],
  ['subnet', { subnet: '10.0.0.0/31' }, /prefix of 8 to 30/],
  ['subnet', { subnet: '0.0.0.0/0' }, /prefix of 8 to 30/],
  ['subnet', { subnet: 'fd00::/64' }, /IPv4 network/],
  ['subnet', { subnet: '0.0.0.0/8' }, /must not be in 0\.0\.0\.0\/8/],
  ['subnet', { subnet: '127.0.1.0/24' }, /loopback/],
  ['subnet', { subnet: '224.0.0.0/24' }, /multicast.*such as "10\.0\.0\.0\/24"/],
  ['subnet', { subnet: '239.255.0.0/16' }, /multicast/],
  ['subnet', { subnet: '240.0.0.0/8' }, /reserved/],
  ['subnet', { subnet: '255.255.255.0/24' }, /broadcast/],
  ['overlap', { overlap: 'yes' }, /true or false/],
  ['gateway', { gateway: '10.0.1.1' }, /host address of 10\.0\.0\.0\/24/],
  ['gateway', { gateway: '10.0.0.255' }, /host address/],
  ['gateway', { gateway: '10.0.0.1/24' }, /without a prefix/],
  ['bridge', { bridge: 'a-name-that-is-too-long' }, /1 to 15 bytes/],
  ['bridge', { bridge: 'br/0' }, /without white space/],
  ['bridge', { bridge: '..' }, /must not be/],
  ['mtu', { mtu: 10 }, /at least 68/],
  ['mtu', { mtu: 1500.5 }, /whole number/],
  ['lifetime', { lifetime: 'forever' }, /"process" or "persistent"/],
  ['nat', { nat: 'yes' }, /must be true, false/],
  ['isolated', { isolated: 'yes' }, /true or false/],
  ['dns', { dns: 'yes' }, /must be true, false or/],
  ['host', { host: {} }, /NetworkNamespace/],
  ['subnets', { subnets: 'x' }, /is not an option; the options are name, subnet, gateway/],
])('%s is refused: %j', (path, change, remedy) => {
  const spec = { ...good, ...change };
  const error = refusal(() => resolveSpec(spec));
  expect(error).toMatchObject({ code: 'ERR_VALIDATION', operation: 'network.create', path });
  expect(error.message).toMatch(remedy);
  if (path !== 'subnets') expect(error.value).toEqual(Object.values(change)[0]);
});

test('a routed network leaves out the address of its routers; a bridge may have it', () => {
  const inRange = { ...good, subnet: '169.254.0.0/16' };
  expect(resolveSpec(inRange).subnet.text).toBe('169.254.0.0/16');
  const error = refusal(() => resolveSpec({ ...inRange, mode: 'routed' }));
  expect(error).toMatchObject({ path: 'subnet', value: '169.254.0.0/16' });
  expect(resolveSpec({ ...good, subnet: '169.254.8.0/24', mode: 'routed' }).routed).toBe('router');
});

test('a network on a LAN has its parent, and none of what the router does', () => {
  expect(resolveSpec(onLan)).toEqual({
    name: 'web',
    subnet: { text: '10.0.0.0/24', first: 0x0a000000, last: 0x0a0000ff, prefix: 24 },
    gateway: '10.0.0.254',
    device: 'nl-web',
    nat: false,
    range: { text: '10.0.0.64/26', first: 0x0a000040, last: 0x0a00007f, prefix: 26 },
    parent: 'eth0',
    lifetime: 'persistent',
  });
});

test.each<[string, Record<string, unknown>, RegExp]>([
  ['parent', { parent: 'a/b' }, /white space/],
  ['gateway', { gateway: undefined }, /LAN's router/],
  ['range', { range: undefined }, /no other machine on the LAN uses/],
  ['lifetime', { lifetime: 'process' }, /'persistent'/],
  ['mode', { mode: 'routed' }, /must not be 'routed'/],
  ['nat', { nat: true }, /must be false/],
  ['dns', { dns: true }, /must be false/],
  ['subnet6', { subnet6: 'fd00::/64' }, /must not be set/],
  ['isolated', { isolated: false }, /must not be false/],
  ['firewall', { firewall: 'nftables' }, /no rules/],
  ['vxlan', { vxlan: { id: 1, local: '192.0.2.1', remotes: ['192.0.2.2'] } }, /must not be set/],
  ['neighbours', { neighbours: 'static' }, /'dynamic'/],
])('%s is refused on a LAN: %j', (path, change, remedy) => {
  // As JavaScript has it, where a field that is undefined is as good as none.
  const error = refusal(() => resolveSpec({ ...onLan, ...change }));
  expect(error).toMatchObject({ code: 'ERR_VALIDATION', operation: 'network.create', path });
  expect(error.message).toMatch(remedy);
});

test('children of a device are on its LAN, for both lifetimes', () => {
  const macvlan = { ...onLan, mode: 'macvlan', lifetime: 'process' } as const;
  expect(resolveSpec(macvlan)).toMatchObject({ macvlan: 'bridge', device: 'eth0', lifetime: 'process' });
  expect(resolveSpec({ ...macvlan, macvlan: 'vepa' }).macvlan).toBe('vepa');
});

test.each<[string, Record<string, unknown>, RegExp]>([
  ['parent', { mode: 'macvlan', parent: undefined }, /whose children the endpoints get/],
  ['bridge', { mode: 'macvlan', bridge: 'br0' }, /such a network has no bridge/],
  ['macvlan', { mode: 'macvlan', macvlan: 'passthru' }, /one of bridge, private, vepa/],
  ['macvlan', { macvlan: 'private' }, /without the mode/],
])('%s is refused with children: %j', (path, change, remedy) => {
  const error = refusal(() => resolveSpec({ ...onLan, ...change }));
  expect(error).toMatchObject({ code: 'ERR_VALIDATION', operation: 'network.create', path });
  expect(error.message).toMatch(remedy);
});

test.each([
  ['address', { address: 5 }],
  ['mac', { mac: '02:00' }],
  ['mac', { mac: '01:00:00:00:00:01' }],
  ['mac', { mac: '00:00:00:00:00:00' }],
  ['ifname', { ifname: 'lo' }],
  ['ifname', { ifname: 'all' }],
  ['ifname', { ifname: 'default' }],
  ['ifname', { ifname: 'white space' }],
  ['defaultRoute', { defaultRoute: 'no' }],
  ['adress', { adress: '10.0.0.2' }],
])('attach refuses a wrong %s', (path, options) => {
  expect(refusal(() => checkOptions(options as object))).toMatchObject({ path, operation: 'network.attach' });
});

test.each([
  ['10.0.0.1/32', /no address except the gateway's/],
  ['10.0.0.0/31', /no address except the gateway's/],
  ['10.0.0.0/32', /no address except the subnet's network and broadcast addresses/],
  ['10.0.0.255/32', /no address except the subnet's network and broadcast addresses/],
])('a range without an address to give is refused: %s', (range, words) => {
  const error = refusal(() => resolveSpec({ name: 'web', subnet: '10.0.0.0/24', range }));
  expect(error).toMatchObject({ path: 'range', operation: 'network.create' });
  expect(error.message).toMatch(words);
});

test.each(['10.0.0.2/32', '10.0.0.0/30', '10.0.0.254/31'])(
  'a range of one address and more is taken: %s',
  (range) => {
    expect(resolveSpec({ name: 'web', subnet: '10.0.0.0/24', range }).range?.text).toBe(range);
  },
);

test.each(['lo', 'all', 'default'])('no bridge is named %s', (bridge) => {
  const spec = { name: 'web', subnet: '10.0.0.0/24', bridge };
  expect(refusal(() => resolveSpec(spec))).toMatchObject({ path: 'bridge', operation: 'network.create' });
});

test('attachMany has no address, because it would have to be many', () => {
  expect(refusal(() => checkManyOptions({ address: '10.0.0.2' } as object)).path).toBe('address');
});

describe('addresses', () => {
  const subnet = parseSubnet('10.0.0.0/29') as Subnet;

  test('are taken from below, past those in use', () => {
    expect(allocate({ subnet }, new Addresses(['10.0.0.1', '10.0.0.3']), 3, 'network.attach')).toEqual([
      '10.0.0.2',
      '10.0.0.4',
      '10.0.0.5',
    ]);
  });

  test('run out with a count', () => {
    const error = refusal(() => allocate({ subnet }, new Addresses(['10.0.0.1']), 6, 'network.attachMany'));
    expect(error.message).toMatch(/5 of 6 host addresses free, 6 are needed/);
    expect(error).toMatchObject({ path: 'subnet', value: '10.0.0.0/29' });
  });

  test.each(['10.0.0.0', '10.0.0.7', '10.0.0.8', '10.0.0.1', '10.0.0.2/29', 'ten'])(
    '%s is refused',
    (text) => {
      expect(refusal(() => checkAddress(subnet, new Addresses(['10.0.0.1']), text)).value).toBe(text);
    },
  );
});

describe('names that iptables takes for prefixes', () => {
  const spec = { name: 'p', subnet: '10.0.0.0/24', bridge: 'lab+' };

  test.each(['iptables', 'iptables-nft', 'iptables-legacy'] as const)('are refused with %s', (firewall) => {
    const error = refusal(() => void resolveSpec({ ...spec, firewall }));
    expect(error).toMatchObject({ path: 'bridge', value: 'lab+' });
    expect(error.message).toContain('must not end in "+" with iptables');
    expect(() => resolveSpec({ ...spec, bridge: 'la+b', firewall })).not.toThrow();
  });

  test('are as good as others with nftables', () => {
    expect(resolveSpec({ ...spec, firewall: 'nftables' }).device).toBe('lab+');
  });
});

test('what is derived from names is stable, fits, and does not collide', () => {
  expect(derivedMac('web', 'gateway', '10.0.0.1')).toBe(derivedMac('web', 'gateway', '10.0.0.1'));
  expect(endpointIds('web')('10.0.0.2')).toEqual(endpointIds('web')('10.0.0.2'));
  const all = Array.from({ length: 5000 }, (_, index) => endpointIds('web')(addressText(0x0a000000 + index)));
  const macs = new Set(all.flatMap(({ mac, portMac }) => [mac, portMac]));
  expect(macs.size).toBe(10_000);
  expect(new Set(all.map(({ port }) => port)).size).toBe(5000);
  for (const mac of macs) expect(Number.parseInt(mac.slice(0, 2), 16) & 0x3).toBe(0x2);
  expect(endpointIds('web')('10.0.0.2').mac).not.toBe(endpointIds('wet')('10.0.0.2').mac);
  expect(endpointIds('web')('10.0.0.2').port).toMatch(/^nl[0-9a-f]{13}$/);
  for (const mac of macs) expect(mac).toMatch(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/);
  expect(deviceName('web')).toBe('nl-web');
  expect(deviceName('a-very-long-network-name')).toMatch(/^nl-[0-9a-f]{12}$/);
});

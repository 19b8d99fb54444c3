import { hostResolvers, parseResolvConf } from '../../src/dns/resolv-conf';

const files = (content: Record<string, string>) => (path: string) => content[path];

test('a resolv.conf is read as resolv.conf(5) has it', () => {
  const text = [
    '# nameserver 192.0.2.1',
    '; nameserver 192.0.2.2',
    'domain old.example',
    ' nameserver\t192.0.2.3  ',
    'nameserver fd00::53',
    'nameserver fe80::1%eth0',
    'nameserver nonsense',
    'search lab.example corp.example',
    'options ndots:2',
  ].join('\n');
  expect(parseResolvConf(text)).toEqual({
    nameservers: ['192.0.2.3', 'fd00::53', 'fe80::1%eth0'],
    search: ['lab.example', 'corp.example'],
  });
  expect(parseResolvConf('search .')).toEqual({ nameservers: [], search: [] });
});

test('the resolvers of a host are its own', () => {
  const read = files({
    '/etc/resolv.conf': 'nameserver 192.0.2.53',
    '/run/systemd/resolve/resolv.conf': 'nameserver 9.9.9.9',
  });
  expect(hostResolvers(undefined, read).nameservers).toEqual(['192.0.2.53']);
});

test('behind a resolver on loopback are those that it asks', () => {
  const read = files({
    '/etc/resolv.conf': 'nameserver 127.0.0.53\nsearch corp.example',
    '/run/systemd/resolve/resolv.conf': 'nameserver 192.0.2.53\nnameserver 192.0.2.54',
  });
  expect(hostResolvers(undefined, read)).toEqual({
    nameservers: ['127.0.0.53', '192.0.2.53', '192.0.2.54'],
    search: ['corp.example'],
  });
});

test('a namespace with a name may have a file of its own', () => {
  const read = files({
    '/etc/resolv.conf': 'nameserver 1.1.1.1',
    '/etc/netns/red/resolv.conf': 'nameserver 10.0.0.1',
  });
  expect(hostResolvers('red', read).nameservers).toEqual(['10.0.0.1']);
  expect(hostResolvers('blue', read).nameservers).toEqual(['1.1.1.1']);
});

test('without any file there are no resolvers', () => {
  expect(hostResolvers('red', files({}))).toEqual({ nameservers: [], search: [] });
});

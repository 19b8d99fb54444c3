import { hostResolvers, parseResolvConf } from '../../../src/dns/resolv-conf';

const files = (content: Record<string, string>) => (path: string) => content[path];

test('a resolv.conf is read as resolv.conf(5) has it', () => {
  const text = [
    '# nameserver 192.0.2.1',
    '; nameserver 192.0.2.2',
    'domain old.example',
    ' nameserver 192.0.2.9',
    'nameserver\t192.0.2.3  # the first',
    'nameserver fd00::53',
    'nameserver fe80::1%eth0',
    'nameserver nonsense',
    'search lab.example corp.example',
    'nameserver 192.0.2.4',
    'options ndots:2 timeout:99 attempts:0 rotate',
    'options use-vc edns0 timeout:40 no-aaaa nonsense',
  ].join('\n');
  expect(parseResolvConf(text)).toEqual({
    nameservers: ['192.0.2.3', 'fd00::53', 'fe80::1%eth0'],
    search: ['lab.example', 'corp.example'],
    ...{
      ndots: 2,
      timeout: 30,
      attempts: 1,
      rotate: true,
      useVc: true,
      edns0: true,
      noAaaa: true,
      noTldQuery: false,
    },
  });
  expect(parseResolvConf('search .').search).toEqual([]);
  expect(parseResolvConf('search .\ndomain one.example two.example').search).toEqual(['one.example']);
});

test('what is not said is as the C library has it, and a process may say otherwise', () => {
  expect(parseResolvConf('')).toMatchObject({
    nameservers: ['127.0.0.1'],
    ndots: 1,
    timeout: 5,
    attempts: 2,
  });
  const overrides = { LOCALDOMAIN: 'mine.example', RES_OPTIONS: 'ndots:3 attempts:4' };
  expect(parseResolvConf('search lab.example\noptions ndots:2 timeout:7', overrides)).toMatchObject({
    ...{ search: ['mine.example'], ndots: 3, attempts: 4, timeout: 7 },
  });
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
  expect(hostResolvers(undefined, read)).toMatchObject({
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

test('without any file the local server is asked, and what it asks itself', () => {
  expect(hostResolvers('red', files({})).nameservers).toEqual(['127.0.0.1']);
  const read = files({ '/run/systemd/resolve/resolv.conf': 'nameserver 192.0.2.53' });
  expect(hostResolvers('red', read).nameservers).toEqual(['127.0.0.1', '192.0.2.53']);
});

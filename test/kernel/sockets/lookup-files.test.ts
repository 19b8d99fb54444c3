import type { LookupAddress } from 'node:dns';
import fs from 'node:fs';
import type { NetworkNamespace } from '../../../src/netns/namespace';
import { namedHost, needTools, serveNames, sh, tool } from '../../support';

needTools('ip', 'getent');

/** The first IPv4 address, or the code of the error. */
function lookup(ns: NetworkNamespace, name: string): Promise<string> {
  return new Promise((resolve) => {
    ns.lookup(name, { all: true, family: 4 }, (error, found) =>
      resolve(error ? (error.code ?? error.message) : ((found as LookupAddress[])[0]?.address ?? '')),
    );
  });
}

// The judge: the C library, in the same namespace and with the same file. It takes an address of its own for a reason to ask.
async function getent(name: string, asked: string): Promise<string> {
  const args = ['netns', 'exec', name, 'getent', 'ahostsv4', asked];
  const { stdout } = await tool('ip', args).catch(() => ({ stdout: '' }));
  return stdout.split(/\s/)[0] ?? '';
}

/** The C library again, by Node.js: the first IPv4 address, or the code of the error. */
async function getaddrinfo(name: string, asked: string): Promise<string> {
  const script =
    'require("dns").lookup(process.argv[1], 4, (error, address) => console.log(error ? error.code : address))';
  const { stdout } = await tool('ip', ['netns', 'exec', name, process.execPath, '-e', script, asked]);
  return stdout.trim();
}

test('errors of servers are what the C library makes of them, and addresses may have full-width digits', async () => {
  const ns = await namedHost();
  const directory = `/etc/netns/${ns.name}`;
  fs.mkdirSync(directory, { recursive: true });
  fs.writeFileSync(`${directory}/resolv.conf`, 'nameserver 127.0.0.1\n');
  const upstream = await serveNames(ns, 'upstream', '127.0.0.1');
  const expected: readonly (readonly [name: string, result: string])[] = [
    // FORMERR, NXDOMAIN, YXDOMAIN, NOTAUTH and an unassigned number, each with an address.
    ...[1, 3, 6, 9, 11].map((rcode) => [`rcode${rcode}.test`, 'ENOTFOUND'] as const),
    ['failed.test', 'EAI_AGAIN'],
    ['example.test', '203.0.113.5'],
    ['１０.0.0.1', '10.0.0.1'],
    ['１９２.0.2.５', '192.0.2.5'],
    ['ｅxample.test', '203.0.113.5'],
  ];
  try {
    for (const [name, result] of expected) {
      expect([name, await getaddrinfo(ns.name, name)]).toEqual([name, result]);
      expect([name, await lookup(ns, name)]).toEqual([name, result]);
    }
    const reason = await new Promise((resolve) => ns.lookup('rcode6.test', {}, resolve));
    expect(String(reason)).toMatch(/ENOTFOUND rcode6\.test .*127\.0\.0\.1: answered error 6/);
  } finally {
    fs.rmSync(directory, { recursive: true });
    fs.rmdirSync('/etc/netns');
  }
  await upstream.stop();
});

test('names are looked for by the options of resolv.conf, as the C library does', async () => {
  const ns = await namedHost();
  const directory = `/etc/netns/${ns.name}`;
  fs.mkdirSync(directory, { recursive: true });
  await sh(
    ns,
    'ip link add out0 type veth peer name out1; ip link set out0 up; ip addr add 198.51.100.2/24 dev out0',
  );
  const upstream = await serveNames(ns, 'upstream', '127.0.0.1');
  const expected: readonly (readonly [text: string, name: string, address: string])[] = [
    ['search corp.test', 'short', '203.0.113.8'],
    ['search corp.test', 'short.', ''],
    ['search corp.test', 'a.b', '203.0.113.9'],
    ['search corp.test\noptions ndots:2', 'a.b', '203.0.113.10'],
    ['search none.test corp.test', 'short', '203.0.113.8'],
    ['domain corp.test', 'SHORT', '203.0.113.8'],
    ['options timeout:1', 'lost.test', '203.0.113.6'],
    ['options use-vc', 'stream.test', '203.0.113.6'],
    ['options edns0', 'example.test', '203.0.113.5'],
    ['options timeout:1', 'empty.test', ''],
    // Without a final dot a name of IPv4 numbers is an address.
    ['options timeout:1', '127.1', '127.0.0.1'],
    ['nameserver 127.0.0.1 # here', 'example.test', '203.0.113.5'],
  ];
  try {
    for (const [text, name, address] of expected) {
      fs.writeFileSync(`${directory}/resolv.conf`, `${text}\n`);
      expect([name, await getent(ns.name, name)]).toEqual([name, address]);
      expect([name, await lookup(ns, name)]).toEqual([name, address === '' ? 'ENOTFOUND' : address]);
    }
    // RFC 6891 7 has it, and the C library does not do it.
    fs.writeFileSync(`${directory}/resolv.conf`, 'options edns0\n');
    expect(await lookup(ns, 'plain.test')).toBe('203.0.113.6');
    expect(await lookup(ns, 'bücher.test')).toBe('203.0.113.7');
    expect([await lookup(ns, `${'x'.repeat(64)}.test`), await lookup(ns, 'a..test')]).toEqual([
      'ENOTFOUND',
      'ENOTFOUND',
    ]);
    expect(await lookup(ns, 'refused.test')).toBe('EAI_AGAIN');
  } finally {
    fs.rmSync(directory, { recursive: true });
    fs.rmdirSync('/etc/netns');
  }
  await upstream.stop();
});

import { spawn, type ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { NetworkNamespace } from '../../src/netns/namespace';
import { killed, waitForText } from './child';
import { run, sh, tool, type Inside } from './command';
import { namedHost, scratchHost } from './scratch';

/** A host with one way out, and what lies beyond it. */
export interface Lab {
  readonly host: NetworkNamespace;
  readonly internet: NetworkNamespace;
}

/** The host's address on its way out, and the internet's. */
export const WAN = '192.0.2.1';
export const BEYOND = '192.0.2.2';
/** The same of IPv6, where there is a way out by it. */
export const WAN6 = '2001:db8::1';
export const BEYOND6 = '2001:db8::2';

/** A scratch host whose default route leads by wan0 to a scratch internet; made by iproute2 alone. */
export async function lab(options: { named?: boolean } = {}): Promise<Lab> {
  const host = options.named === true ? await namedHost() : await scratchHost();
  const internet = await scratchHost();
  const place = (ns: Inside): string => `/proc/${process.pid}/fd/${ns.fd}`;
  await run(host, 'ip', [
    ...['link', 'add', 'wan0', 'type', 'veth', 'peer', 'name', 'lan0', 'netns', place(internet)],
  ]);
  await run(host, 'ip', ['addr', 'add', `${WAN}/24`, 'dev', 'wan0']);
  // Without link-local addresses, whose detection of duplicates would end in the middle of a test.
  await run(host, 'ip', ['link', 'set', 'wan0', 'addrgenmode', 'none', 'up']);
  await run(internet, 'ip', ['addr', 'add', `${BEYOND}/24`, 'dev', 'lan0']);
  await run(internet, 'ip', ['link', 'set', 'lan0', 'addrgenmode', 'none', 'up']);
  await run(host, 'ip', ['route', 'add', 'default', 'via', BEYOND]);
  return { host, internet };
}

/** The same with a way out by IPv6 as well. Nobody looks for duplicates: that would end in the middle of a test. */
export async function lab6(options: { named?: boolean } = {}): Promise<Lab> {
  const made = await lab(options);
  const addresses = (dev: string, ...those: string[]): string =>
    those.map((address) => `ip addr add ${address}/64 dev ${dev} nodad`).join('; ');
  await sh(made.host, `${addresses('wan0', WAN6, 'fe80::a')}; ip route add default via ${BEYOND6}`);
  await sh(made.internet, addresses('lan0', BEYOND6, 'fe80::b'));
  return made;
}

// A server that outlives a failed test would keep its namespace, and the test run, alive.
const servers = new Set<ChildProcess>();
afterEach(async () => {
  await Promise.all([...servers].map(stop));
});

async function stop(child: ChildProcess): Promise<void> {
  if (servers.delete(child)) await killed(child);
}

export interface Server {
  stop(): Promise<void>;
}

/** A child that serves once it says 'ready'. */
export async function serverOf(child: ChildProcess & { readonly stdout: Readable }): Promise<Server> {
  servers.add(child);
  await waitForText(child, 'ready');
  return { stop: () => stop(child) };
}

// Answers with its own words and the address that the request came from.
const httpOn = (
  address: string,
): string => `require('http').createServer((q, r) => r.end(process.argv[2] + ' ' + q.socket.remoteAddress))
    .listen({ port: +process.argv[1], host: '${address}', ipv6Only: true }, () => console.log('ready'))`;

const SERVERS: Readonly<Record<'http' | 'http6' | 'udp', string>> = {
  http: httpOn('0.0.0.0'),
  http6: httpOn('::'),
  udp: `const s = require('dgram').createSocket('udp4');
    s.on('message', (m, from) => s.send(process.argv[2] + ' ' + from.address, from.port, from.address));
    s.bind(+process.argv[1], () => console.log('ready'))`,
};

/** A server of plain Node.js inside a namespace, by nsenter. To be stopped before its namespace is deleted. */
export async function serve(
  ns: Inside,
  port: number,
  text: string,
  kind: keyof typeof SERVERS = 'http',
): Promise<Server> {
  const child = spawn(
    'nsenter',
    [`--net=/proc/${process.pid}/fd/${ns.fd}`, process.execPath, '-e', SERVERS[kind], String(port), text],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  return serverOf(child);
}

/** What an HTTP server answers, by curl. */
export async function fetchText(ns: Inside, target: string): Promise<string> {
  return (await run(ns, 'curl', ['-sS', '--max-time', '3', `http://${target}/`])).stdout;
}

const ASK = `const s = require('dgram').createSocket('udp4');
  s.on('message', (m) => { console.log(String(m)); s.close(); });
  setTimeout(() => process.exit(1), 3000).unref();
  s.bind(+process.argv[3], () => s.send('?', +process.argv[2], process.argv[1]))`;

/** What a UDP server answers. All questions from one port, unless it is 0, are one connection to the kernel. */
export async function askUdp(ns: Inside, address: string, port: number, from = 0): Promise<string> {
  const { stdout } = await run(ns, process.execPath, ['-e', ASK, address, String(port), String(from)]);
  return stdout.trim();
}

// One answer is enough. The kernel lets a new link carry packets once its own worker has run (net/core/link_watch.c): on a busy
// machine the first packet may come before that.
const ATTEMPTS = ['-n', '-c', '3', '-i', '0.3'];

/** A packet there and back. */
export async function ping(ns: Inside, address: string): Promise<void> {
  await run(ns, 'ping', [...ATTEMPTS, '-W', '2', address]);
}

/** Whether a packet gets there and back. */
export async function reaches(ns: Inside, address: string): Promise<boolean> {
  return tool('nsenter', [
    ...[`--net=/proc/${process.pid}/fd/${ns.fd}`, 'ping', ...ATTEMPTS, '-W', '1', address],
  ]).then(
    () => true,
    () => false,
  );
}

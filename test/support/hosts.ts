import type { NetworkNamespace } from '../../src/netns/namespace';
import { run, type Inside } from './command';
import { namedHost, scratchHost } from './scratch';

type NamedNamespace = NetworkNamespace & { readonly name: string };

/** Two hosts and what lies beyond, on one LAN. */
export interface TwoHosts {
  readonly hosts: readonly [NamedNamespace, NamedNamespace];
  /** The hosts' default routes lead to it. */
  readonly internet: NetworkNamespace;
}

/** The hosts' addresses on the LAN, and the internet's. */
export const LAN = ['192.0.2.1', '192.0.2.2'] as const;
export const GATEWAY = '192.0.2.254';

/** Two scratch hosts whose eth0 is on one bridge with a scratch internet; made by iproute2 alone. */
export async function twoHosts(): Promise<TwoHosts> {
  const lan = await scratchHost();
  await run(lan, 'ip', ['link', 'add', 'lan', 'type', 'bridge']);
  await run(lan, 'ip', ['link', 'set', 'lan', 'addrgenmode', 'none', 'up']);
  const plug = async <T extends NetworkNamespace>(ns: T, port: string, address: string): Promise<T> => {
    await run(lan, 'ip', [
      ...['link', 'add', port, 'master', 'lan', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', place(ns)],
    ]);
    await run(lan, 'ip', ['link', 'set', port, 'addrgenmode', 'none', 'up']);
    await run(ns, 'ip', ['addr', 'add', `${address}/24`, 'brd', '+', 'dev', 'eth0']);
    await run(ns, 'ip', ['link', 'set', 'eth0', 'addrgenmode', 'none', 'up']);
    return ns;
  };
  const hosts = [
    await plug(await namedHost(), 'one', LAN[0]),
    await plug(await namedHost(), 'two', LAN[1]),
  ] as const;
  const internet = await plug(await scratchHost(), 'out', GATEWAY);
  for (const host of hosts) await run(host, 'ip', ['route', 'add', 'default', 'via', GATEWAY]);
  return { hosts, internet };
}

function place(ns: Inside): string {
  return `/proc/${process.pid}/fd/${ns.fd}`;
}

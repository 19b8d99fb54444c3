import fs from 'node:fs';
import { decodeHeaders } from '../codec/decode';
import { NetlinkError } from '../errors';
import type { Family } from '../ip';
import { carryOut } from '../netns/carry-out';
import type { NetworkNamespace } from '../netns/namespace';
import type { LinkInfo } from '../rtnl/types';
import { overlappingRoutes } from './routes';
import type { ResolvedSpec } from './spec';

/** One of the host's interfaces as far as networks care. */
export interface HostInterface {
  readonly ifname: string;
  /** Whose forwarding the rest is about. */
  readonly family: Family;
  readonly forwarding: boolean;
}

/** Whether the kernel has IPv6 at all: without, its attributes are refused. */
export function hasIpv6(): boolean {
  return fs.existsSync('/proc/net/if_inet6');
}

/** The interfaces by which a network's traffic leaves the host, and whether they forward. */
export async function egressInterfaces(host: NetworkNamespace, spec: ResolvedSpec): Promise<HostInterface[]> {
  if (!spec.nat) return [];
  const devices = spec.interfaces ?? (await defaultRouteDevices(host, 'inet'));
  return Promise.all(devices.map((device) => readInterface(host, device)));
}

/** The devices of a family's default routes. */
export async function defaultRouteDevices(
  host: NetworkNamespace,
  family: 'inet' | 'inet6',
): Promise<number[]> {
  const all = await overlappingRoutes(host, family === 'inet' ? '0.0.0.0/32' : '::/128');
  const routes = all.filter(({ table, type }) => table === 'main' && type === 'unicast');
  const devices = routes
    .filter(({ to }) => to === undefined || to === 'default' || to === '0.0.0.0/0' || to === '::/0')
    .flatMap(({ dev, multipath = [] }) => [dev, ...multipath.map((hop) => hop.dev)]);
  return [...new Set(devices.filter((device) => device !== undefined))].map(Number);
}

async function readInterface(host: NetworkNamespace, device: number | string): Promise<HostInterface> {
  const link = await readLink(host, device);
  return { ifname: link.ifname, family: 'ip', forwarding: link.inet?.conf?.forwarding === 1 };
}

/** A device by its index or name. */
export async function readLink(host: NetworkNamespace, device: number | string): Promise<LinkInfo> {
  return host.rtnl.link.get(typeof device === 'number' ? { index: device } : { ifname: device });
}

/** A device's index alone, without all that the kernel tells of a link, which a new process takes 2 ms to read. */
export async function readIndex(host: NetworkNamespace, ifname: string): Promise<number> {
  const step = {
    op: 'request',
    slot: 0,
    family: 'link',
    verb: 'get',
    body: { ifname },
    reply: true,
  } as const;
  const [{ failure, reply = new Uint8Array() } = {}] = await carryOut(host, [step]);
  if (failure) throw NetlinkError.of(failure, { operation: 'link.get', object: ifname });
  const [{ index }] = decodeHeaders('link', reply) as [{ index: number }];
  return index;
}

import fs from 'node:fs';
import { decodeHeaders } from '../../codec/decode/decode';
import { NetlinkError } from '../../errors/errors';
import { runRequests } from '../../nsfs/run-requests';
import type { NetworkNamespace } from '../../netns/namespace';
import type { LinkInfo } from '../../rtnl/types';

/** Whether the kernel has IPv6 at all: without it, IPv6 attributes are refused. */
export function hasIpv6(): boolean {
  return fs.existsSync('/proc/net/if_inet6');
}

/** A device by its index or name. */
export async function readLink(host: NetworkNamespace, device: number | string): Promise<LinkInfo> {
  return host.rtnl.link.get(typeof device === 'number' ? { index: device } : { ifname: device });
}

/** Only a device's index: a new process takes 2 ms to read all of the kernel's data on a link. */
export async function readIndex(host: NetworkNamespace, device: string | number): Promise<number> {
  const step = {
    op: 'request',
    slot: 0,
    family: 'link',
    verb: 'get',
    body: typeof device === 'number' ? { index: device } : { ifname: device },
    reply: true,
  } as const;
  const [{ failure, reply = new Uint8Array() } = {}] = await runRequests(host, [step]);
  if (failure) throw NetlinkError.of(failure, { operation: 'link.get', object: String(device) });
  const [{ index }] = decodeHeaders('link', reply) as [{ index: number }];
  return index;
}

import fs from 'node:fs';
import os from 'node:os';
import { decodeReply } from '../../codec/decode/decode';
import { NetlinkError } from '../../errors/errors';
import type { DeviceNames } from '../../firewall/nft/expressions';
import { ISOLATED_GROUP, OPEN_GROUP } from '../../firewall/network/table/network-table';
import { ignoringNotFound } from '../../errors/not-found';
import type { Family } from '../../base/ip';
import { runRequests } from '../../nsfs/run-requests';
import type { NetworkNamespace } from '../../netns/namespace';
import type { LinkInfo } from '../../rtnl/types';
import { forwardingPath, withoutForwarding } from './forwarding-settings';
import { hasIpv6, readLink } from './links';
import { type Layout } from '../model/layout';
import { readForwarding } from './netconf';
import type { ResolvedSpec } from '../spec/resolved-spec';

/** The network that devices of the host are to forward for. */
interface Forwarded extends Pick<Layout, 'nat' | 'interfaces'> {
  /** The devices by which the host reaches it. */
  readonly inner: DeviceNames;
}

/** A network's needs on its host's devices, for one address family. */
export interface EgressNeeds {
  /** Whether others want all devices of the host to forward. */
  readonly all: boolean;
  /** The devices on which replies may arrive, and that do not forward. */
  readonly closed: readonly string[];
  /** The network's own devices that do not forward. */
  readonly own: readonly string[];
}

/** Up to this number links are requested one by one. */
const FEW = 32;

/** Whether the kernel forwards IPv6 for single interfaces (force_forwarding, Linux 6.17). */
export function hasForceForwarding(): boolean {
  return fs.existsSync(`/proc/sys/${forwardingPath('all', 'ip6')}`);
}

/**
 * Reads the forwarding that the host lacks for a network. A packet is forwarded if its incoming device forwards.
 * Replies may arrive on any device of the host: routes and rules, of all tables, may choose any, now or later. Hence
 * all devices count, even without a route yet, except those of networks and those whose packets another device
 * receives. `more` are devices that the network needs in any case.
 */
export async function readEgress(
  host: NetworkNamespace,
  { nat, interfaces, inner }: Forwarded,
  family: Family,
  more: readonly string[] = [],
): Promise<EgressNeeds> {
  const { all, closed } = await readForwarding(host, family);
  const links = (await linksOf(host, closed)).filter(isReceiver);
  const isWanted = (link: LinkInfo): boolean =>
    more.includes(link.ifname) ||
    (nat && isForeign(link) && (interfaces === undefined || interfaces.includes(link.ifname)));
  // Ports get their settings in the message that brings them up.
  const isOwn = (link: LinkInfo): boolean => link.up && !isForeign(link) && isNamedBy(inner, link.ifname);
  return {
    all,
    closed: closedOf(host, links.filter(isWanted), family),
    own: closedOf(host, links.filter(isOwn), family),
  };
}

// The kernel may not report the devices on which others have IPv6 forwarded: those are theirs.
function closedOf(host: NetworkNamespace, links: readonly LinkInfo[], family: Family): string[] {
  const names = links.map(({ ifname }) => ifname);
  return family === 'ip6' && hasForceForwarding() ? withoutForwarding(host, names, family) : names;
}

/** The existing links of these indexes. For many indexes, devices with a master are left out, except a VRF's. */
export async function linksOf(host: NetworkNamespace, indexes: ReadonlySet<number>): Promise<LinkInfo[]> {
  if (indexes.size <= FEW) {
    const found = await Promise.all([...indexes].map((index) => ignoringNotFound(readLink(host, index))));
    return found.filter((link) => link !== undefined);
  }
  const roots = await listRoots(host);
  const vrfs = roots.filter(({ kind }) => kind === 'vrf');
  const parts = await Promise.all(vrfs.map(({ index }) => host.rtnl.link.list({ master: index })));
  return [...roots, ...parts.flat()].filter(({ index }) => indexes.has(index));
}

// As `ip link show nomaster`, since Linux 5.16: -1 as a master's index, which no device has. Thousands of ports do not
// reach JavaScript.
const NO_MASTER = ((): Uint8Array => {
  const body = new Uint8Array(16 + 8 + 8);
  const view = new DataView(body.buffer);
  const attributes = [
    [10, -1], // IFLA_MASTER
    [29, 8], // IFLA_EXT_MASK: RTEXT_FILTER_SKIP_STATS
  ] as const;
  attributes.forEach(([type, value], index) => {
    const at = 16 + index * 8;
    view.setUint16(at, 8, true);
    view.setUint16(at + 2, type, true);
    view.setInt32(at + 4, value, true);
  });
  return body;
})();

async function listRoots(host: NetworkNamespace): Promise<LinkInfo[]> {
  const step = {
    op: 'request',
    slot: 0,
    family: 'link',
    verb: 'list',
    body: NO_MASTER,
    reply: true,
  } as const;
  const [{ failure, reply = new Uint8Array() } = {}] = await runRequests(host, [step]);
  if (failure) throw NetlinkError.of(failure, { operation: 'link.list' });
  return decodeReply('link', reply, 'stats64') as LinkInfo[];
}

// A device with a master, such as a bridge's port, receives no packets itself; a VRF's does.
function isReceiver({ master, slaveKind }: LinkInfo): boolean {
  return master === undefined || slaveKind === 'vrf';
}

/** Whether a device has one of the names. */
export function isNamedBy(names: DeviceNames, ifname: string): boolean {
  return typeof names === 'string' ? ifname === names : ifname.startsWith(names.prefix);
}

// Not a network's own device. A bridge that adopted the host's device on a LAN is the host's, in no group of ours; its
// ports and others' have the name of a member in their tags.
function isForeign({ group, ifalias = '' }: LinkInfo): boolean {
  return group !== OPEN_GROUP && group !== ISOLATED_GROUP && !/^netloom:[^:]*:/.test(ifalias);
}

/**
 * Refuses a network for which the host cannot forward. Rejects with NetlinkError ENODEV for a missing interface,
 * EAFNOSUPPORT on a kernel without IPv6, and EOPNOTSUPP on a kernel that could only make routers of all interfaces at
 * once: the host would lose its settings from router advertisements.
 */
export async function checkEgress(host: NetworkNamespace, spec: ResolvedSpec): Promise<void> {
  const { name, nat, open, interfaces = [], spec6 } = spec;
  const refuse = (errno: number, detail: string): never => {
    throw new NetlinkError({ errno, operation: 'network.create', object: name, detail });
  };
  const { EAFNOSUPPORT, ENODEV, EOPNOTSUPP } = os.constants.errno;
  for (const ifname of interfaces) {
    if ((await ignoringNotFound(readLink(host, ifname))) === undefined)
      refuse(ENODEV, `the host has no device '${ifname}', which nat.interfaces names`);
  }
  if (spec6 === undefined) return;
  if (!hasIpv6()) refuse(EAFNOSUPPORT, 'this kernel has no IPv6: omit subnet6');
  if ((nat || open === true) && !hasForceForwarding() && !(await readForwarding(host, 'ip6')).all)
    refuse(
      EOPNOTSUPP,
      'before Linux 6.17 IPv6 is forwarded by all interfaces or none: set net.ipv6.conf.all.forwarding=1',
    );
}

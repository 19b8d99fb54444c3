import type { NetworkNamespace } from '../../netns/namespace';
import { checkReadable } from '../journal/files/aside';
import { type Layout } from '../model/layout';
import { tag } from '../model/tags';
import { findRecord, readRecords } from '../journal/records';
import { isDevice } from '../host/devices';
import { stateDirectory } from '../journal/files/paths';
import { driverOf } from '../drivers';

/** A network of a host, whoever holds it. */
export interface NetworkInfo {
  readonly name: string;
  readonly lifetime: 'process' | 'persistent';
  /** The host's device: the bridge, or the uplink of a network that lives with its process. */
  readonly device: string;
  /** Whether the host has that device: a persistent network whose bridge was removed or renamed takes no endpoints. */
  readonly standing: boolean;
  /** Only for persistent networks with a readable record: a network that lives with a process keeps no files. */
  readonly subnet?: string;
  readonly subnet6?: string;
  readonly gateway?: string;
  /** The number of attached namespaces; only for persistent networks with a readable record. */
  readonly endpoints?: number;
  /** Why a persistent network has no readable record: the record is in another state directory, lost, or unreadable. */
  readonly problem?: string;
}

/**
 * The networks of a host, sorted by name. Persistent networks come from the journal; others are found by the tag of
 * their device. Networks that live with a process, this one or another, are found by the tag of their uplink, a veth
 * device. Networks of macvlan devices have no device in the host.
 */
export async function listNetworks(host: NetworkNamespace): Promise<NetworkInfo[]> {
  checkReadable();
  const links = await host.rtnl.link.list();
  const devices = new Map(links.map((link) => [link.ifname, link]));
  const stands = (layout: Layout): boolean => {
    const link = devices.get(layout.device);
    return link !== undefined && isDevice(driverOf(layout).hostDevice(layout), link);
  };
  const persistent = readRecords(String(host.cookie)).map(({ layout, members }): NetworkInfo => ({
    name: layout.name,
    lifetime: 'persistent',
    device: layout.device,
    standing: stands(layout),
    subnet: layout.subnet.text,
    ...(layout.inet6 && { subnet6: layout.inet6.subnet }),
    gateway: layout.gateway,
    endpoints: members.length,
  }));
  const recorded = new Set(persistent.map(({ name }) => name));
  const others = links.flatMap(({ ifname, ifalias = '', kind }): NetworkInfo[] => {
    const name = taggedName(ifalias);
    if (name === undefined || recorded.has(name)) return [];
    const found = { name, device: ifname, standing: true };
    if (kind === 'veth') return [{ ...found, lifetime: 'process' }];
    return [{ ...found, lifetime: 'persistent', problem: whyUnread(String(host.cookie), name) }];
  });
  return [...persistent, ...others].sort((one, other) => (one.name < other.name ? -1 : 1));
}

function whyUnread(cookie: string, name: string): string {
  const found = findRecord(cookie, name);
  if (found && 'invalid' in found) return `its record ${found.invalid.file} ${found.invalid.problem}`;
  return `has no record in ${stateDirectory()}`;
}

// Names have no colon: it separates the parts of other devices' tags.
function taggedName(ifalias: string): string | undefined {
  const name = ifalias.slice(tag('').length);
  return ifalias === tag(name) && name !== '' && !name.includes(':') ? name : undefined;
}

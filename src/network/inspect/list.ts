import type { NetworkNamespace } from '../../netns/namespace';
import { checkReadable } from '../journal/files/aside';
import { type Layout } from '../model/layout';
import { tag } from '../model/tags';
import { invalidRecordsOf, readRecords } from '../journal/records';
import type { InvalidFile } from '../journal/files/stored';
import { isDevice } from '../host/devices';
import { stateDirectory } from '../journal/files/paths';
import { driverOf } from '../drivers';

/** A network of a host, whoever holds it. */
export interface NetworkInfo {
  readonly name: string;
  readonly lifetime: 'process' | 'persistent';
  /**
   * The host's device: the bridge, or the uplink of a network that lives with its process. Absent where the record cannot
   * be read and no device has the network's tag.
   */
  readonly device?: string;
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
 * device. Networks of macvlan devices have no device in the host. Of an unreadable record its file's name is known.
 */
export async function listNetworks(host: NetworkNamespace): Promise<NetworkInfo[]> {
  checkReadable();
  const links = await host.rtnl.link.list();
  const devices = new Map(links.map((link) => [link.ifname, link]));
  const stands = (layout: Layout): boolean => {
    const link = devices.get(layout.device);
    return link !== undefined && isDevice(driverOf(layout).hostDevice(layout), link);
  };
  const cookie = String(host.cookie);
  const persistent = readRecords(cookie).map(({ layout, members }): NetworkInfo => ({
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
  const unread = invalidRecordsOf(cookie);
  const tagged = links.flatMap(({ ifname, ifalias = '', kind }): NetworkInfo[] => {
    const name = taggedName(ifalias);
    if (name === undefined || recorded.has(name)) return [];
    const found = { name, device: ifname, standing: true };
    if (kind === 'veth') return [{ ...found, lifetime: 'process' }];
    return [{ ...found, lifetime: 'persistent', problem: whyUnread(unread.get(name)) }];
  });
  const seen = new Set(tagged.map(({ name }) => name));
  const others = [...unread].flatMap(([name, invalid]): NetworkInfo[] =>
    seen.has(name) ? [] : [{ name, lifetime: 'persistent', standing: false, problem: whyUnread(invalid) }],
  );
  return [...persistent, ...tagged, ...others].sort((one, other) => (one.name < other.name ? -1 : 1));
}

function whyUnread(invalid: InvalidFile | undefined): string {
  return invalid ? `its record ${invalid.file} ${invalid.problem}` : `has no record in ${stateDirectory()}`;
}

// Names have no colon: it separates the parts of other devices' tags.
function taggedName(ifalias: string): string | undefined {
  const name = ifalias.slice(tag('').length);
  return ifalias === tag(name) && name !== '' && !name.includes(':') ? name : undefined;
}

import { driverOf } from '../../drivers';
import { existing, removeDevices } from '../../host/devices';
import { readLink } from '../../host/links';
import type { Device } from '../../model/devices';
import type { Layout } from '../../model/layout';
import { lifetimeOf } from '../../model/lifetime';
import type { Member } from '../../model/member';
import { tag } from '../../model/tags';
import { findAdopted } from './adopted-devices';
import type { Removal, Resource } from '../definition/resource';

// Only persistent networks are in the journal, which names the ports of one whose record is lost.
const PERSISTENT = { lifetime: 'persistent' } as const;

/** Ports of members, and of a whole network also its bridge, tunnel and uplink. */
export const devices: Resource = {
  of: 'any',
  endsWithHost: true,

  // Of networks in the journal: their devices are in the host.
  async find(removal) {
    const { host, layout, tagged, kept } = removal;
    const wanted = await inHost(removal, removal.state.members);
    // A renamed port, or one that the record does not have.
    const more = layout === undefined ? [] : tagged;
    if (wanted.length + more.length === 0) return [];
    const found = new Set((await existing(host, [...wanted, ...more])).map(({ ifname }) => ifname));
    const names = wanted.flatMap(({ ifname }) => (found.has(ifname) ? [] : [{ ifname }]));
    kept.push(...(await existing(host, names)).map(({ ifname }) => `link ${ifname}`));
    return [...found].map((ifname) => `link ${ifname}`);
  },

  async remove(removal) {
    const { host, layout, isWhole, tagged, confirm } = removal;
    if (!isWhole) return removePorts(removal);
    if (layout && !lifetimeOf(layout).hasRecord) return removeHubDevices(removal, layout);
    await removeDevices(host, await inHost(removal, unlessInGroup(removal)), {
      group: layout?.group,
      confirm,
    });
    // A record that was lost does not say which group.
    if (layout !== undefined && tagged.length > 0)
      await removeDevices(host, await existing(host, tagged), { confirm });
  },
};

async function inHost(removal: Removal, members: readonly Member[]): Promise<readonly Device[]> {
  const { layout, isWhole, isForced, tagged } = removal;
  if (!isWhole) return driverOf(layout ?? PERSISTENT).ports(members);
  if (layout === undefined) return tagged;
  const all = driverOf(layout).hostDevices(layout, members);
  return isForced ? withoutForeignPorts(removal, layout, all) : all;
}

// The ports of namespaces that were passed in may have another group by now; the others' ports go with their namespaces
// in any case, which an object of the network has open.
function unlessInGroup({ layout, runtime, state: { members } }: Removal): readonly Member[] {
  return runtime && layout?.group !== undefined ? members.filter(({ created }) => !created) : members;
}

async function removePorts({ host, layout, runtime, state: { members }, confirm }: Removal): Promise<void> {
  if (members.length === 0) return;
  if (layout === undefined) await removeDevices(host, driverOf(PERSISTENT).ports(members), { confirm });
  else await driverOf(layout).removeMembers({ ...(runtime ?? { layout, hub: host }), confirm }, members);
}

// The members' ports go with the namespaces.
async function removeHubDevices({ runtime }: Removal, layout: Layout): Promise<void> {
  const devices = driverOf(layout).hubDevices(layout);
  if (devices.length > 0 && runtime && runtime.hub.fd >= 0) await removeDevices(runtime.hub, devices);
}

// The bridge stays as long as it has foreign ports.
async function withoutForeignPorts(
  { host, name, kept, state: { adopted = [] } }: Removal,
  layout: Layout,
  all: readonly Device[],
): Promise<readonly Device[]> {
  const [bridge] = await existing(
    host,
    all.filter(({ ifname }) => ifname === layout.device),
  );
  if (bridge === undefined) return all;
  const { index } = await readLink(host, bridge.ifname);
  const returned = await Promise.all(adopted.map((one) => findAdopted(host, layout, one)));
  const own = new Set([...all, ...returned.flatMap((device) => device ?? [])].map(({ ifname }) => ifname));
  const guests = (await host.rtnl.link.list({ master: index })).filter(
    ({ ifname, ifalias = '' }) => !own.has(ifname) && !ifalias.startsWith(`${tag(name)}:`),
  );
  kept.push(...guests.map(({ ifname }) => foreignPortLine(ifname, name)));
  return guests.length === 0 ? all : all.filter((device) => device !== bridge);
}

/** The report line for a foreign port, because of which a bridge stays. */
export function foreignPortLine(ifname: string, network: string): string {
  return `link ${ifname}: is a port of the bridge of network ${network}; remove the port from the bridge first`;
}

import { NetworkNamespace } from '../../netns/namespace';
import { isName, namePath } from '../../nsfs/name';
import { pinnedInode } from '../../nsfs/nsfs';
import type { LinkInfo } from '../../rtnl/types';
import { driverOf } from '../drivers';
import { existing } from '../host/devices';
import { readTagged } from '../host/tagged';
import type { Layout } from '../model/layout';
import type { Member } from '../model/member';
import { createdName } from '../model/tags';
import type { Collection } from './collection';

/**
 * Finds the namespaces that a network created and named, by its ports in the host: the tag has the name, and the
 * namespace of that name has the port's peer. Any other namespace of such a name is kept.
 */
export async function openCreated(
  { kept }: Collection,
  network: string,
  ports: readonly LinkInfo[],
): Promise<NetworkNamespace[]> {
  const found: NetworkNamespace[] = [];
  for (const port of ports) {
    const name = createdName(network, port.ifalias ?? '');
    if (name === undefined || !isName(name) || (await pinnedInode(namePath(name))) === undefined) continue;
    const netns = await NetworkNamespace.open(name);
    const links = await netns.rtnl.link.list();
    if (links.some(({ index, link }) => index === port.link && link === port.index)) {
      found.push(netns);
      continue;
    }
    kept.push(`netns ${name}`);
    await netns.close();
  }
  return found;
}

/** The layout with the bridge's current name, and the ports with the network's tag that its record does not have. */
export async function withTagged(
  host: NetworkNamespace,
  layout: Layout,
  members: readonly Member[],
): Promise<{ layout: Layout; ports: LinkInfo[] }> {
  const devices = driverOf(layout).hostDevices(layout, members);
  const known = new Set((await existing(host, devices)).map(({ ifname }) => ifname));
  const { ports, bridges } = await readTagged(host, layout.name);
  const isRenamed = devices.some(({ ifname }) => ifname === layout.device) && !known.has(layout.device);
  const device = (isRenamed ? bridges[0]?.ifname : undefined) ?? layout.device;
  return { layout: { ...layout, device }, ports: ports.filter(({ ifname }) => !known.has(ifname)) };
}

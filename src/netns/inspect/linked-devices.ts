import type { LinkInfo } from '../../rtnl/types';
import { namePath } from '../../nsfs/name';
import { namesPinned } from '../../nsfs/nsfs';
import { namespaceIds } from '../../rtnl/namespace-ids';
import { rtnlOf } from '../../rtnl/rtnl-of';
import { processesByNamespace } from '../../nsfs/process/processes';
import type { OpenNamespace } from '../../nsfs/handle';

/** The device that another one is bound to: the peer of a pair, or the device below. */
export interface LinkedDevice {
  readonly index: number;
  /** Absent if the caller has no access. */
  readonly ifname?: string;
  /** The device's namespace; absent: the same one. */
  readonly netns?: NamespacePlace;
}

/** A namespace as seen from another one. */
export interface NamespacePlace {
  /** Its id in the inspected namespace. */
  readonly nsid: number;
  /** Its name under /run/netns. */
  readonly name?: string;
  /** A process inside, if the namespace has no name and /proc shows the process to the caller. */
  readonly pid?: number;
}

/** A link and the device it is bound to: `ip link` shows `ifname@ifN`, here resolved across namespaces. */
export type InspectedLink = LinkInfo & { readonly linked?: LinkedDevice };

/** Resolves the devices that links are bound to. */
export async function followLinks(
  netns: OpenNamespace,
  links: readonly LinkInfo[],
): Promise<InspectedLink[]> {
  const bound = links.filter(({ link }) => link !== undefined && link > 0);
  const abroad = bound.filter(({ linkNetnsid }) => linkNetnsid !== undefined);
  const places = await placesOf(netns, new Set(abroad.map(({ linkNetnsid }) => linkNetnsid as number)));
  const answers = await rtnlOf(netns).batch((batch) => {
    for (const { link, linkNetnsid } of abroad)
      batch.link.get({ index: link as number, targetNetnsid: linkNetnsid as number });
  });
  const names = new Map(links.map(({ index, ifname }) => [index, ifname]));
  const namesAbroad = new Map(
    abroad.map(({ index }, position) => {
      const answer = answers[position];
      return [index, answer?.ok ? (answer.reply as LinkInfo).ifname : undefined];
    }),
  );
  return links.map((info) => {
    const { index, link, linkNetnsid } = info;
    if (link === undefined || link === 0) return info;
    const ifname = linkNetnsid === undefined ? names.get(link) : namesAbroad.get(index);
    const place = linkNetnsid === undefined ? undefined : (places.get(linkNetnsid) ?? { nsid: linkNetnsid });
    const linked = { index: link, ...(ifname !== undefined && { ifname }), ...(place && { netns: place }) };
    return { ...info, linked };
  });
}

// Named namespaces first; processes are scanned only for the rest.
async function placesOf(
  netns: OpenNamespace,
  wanted: ReadonlySet<number>,
): Promise<Map<number, NamespacePlace>> {
  const places = new Map<number, NamespacePlace>();
  if (wanted.size === 0) return places;
  const names = await namesPinned();
  const ids = await namespaceIds(
    rtnlOf(netns),
    names.map((name) => ({ path: namePath(name) })),
  );
  names.forEach((name, index) => {
    const nsid = ids[index];
    if (nsid !== undefined && wanted.has(nsid)) places.set(nsid, { nsid, name });
  });
  if (places.size === wanted.size) return places;
  const pids = [...(await processesByNamespace()).values()].map(([pid = 0]) => pid);
  const more = await namespaceIds(
    rtnlOf(netns),
    pids.map((pid) => ({ pid })),
  );
  pids.forEach((pid, index) => {
    const nsid = more[index];
    if (nsid !== undefined && wanted.has(nsid) && !places.has(nsid)) places.set(nsid, { nsid, pid });
  });
  return places;
}

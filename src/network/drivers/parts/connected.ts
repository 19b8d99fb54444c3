import { ignoringNotFound } from '../../../errors/not-found';
import type { AttachedMember } from '../../model/attached-member';
import { type NetworkPlace, placesOfPorts } from './place';

/** The state of a network's endpoints. */
export interface Connected {
  /** The names of ports with a carrier. */
  readonly connected: ReadonlySet<string>;
  /** Why some ports are unknown. */
  readonly problems: readonly string[];
}

/** A network that exists, with the index of its bridge. */
export interface ConnectedPlace extends NetworkPlace {
  /** 0 if the bridge is missing. */
  readonly bridge: number;
}

/** The ports of a bridge with a carrier. */
export async function connectedOnBridge({ hub, bridge }: ConnectedPlace): Promise<Connected> {
  // With the index 0 the kernel would list all links.
  return bridge === 0 ? NONE_CONNECTED : connectedOf(await hub.rtnl.link.list({ master: bridge }));
}

/** The devices with a carrier in the namespaces that have members' ports. */
export async function connectedPorts(place: ConnectedPlace): Promise<Connected> {
  const places = await placesOfPorts(place);
  return connectedOf((await Promise.all(places.map((netns) => netns.rtnl.link.list()))).flat());
}

/** Members whose own device has a carrier: children are visible only from their own namespaces. */
export async function connectedChildren(attached: readonly AttachedMember[]): Promise<Connected> {
  const found = await Promise.all(
    attached.map(async ({ member, netns }) => {
      const link = await ignoringNotFound(netns.rtnl.link.get({ ifname: member.ifname }));
      return link?.carrier && link.address === member.mac ? [member.port] : [];
    }),
  );
  return { connected: new Set(found.flat()), problems: [] };
}

export const NONE_CONNECTED: Connected = { connected: new Set(), problems: [] };

function connectedOf(links: readonly { readonly ifname: string; readonly carrier?: boolean }[]): Connected {
  const up = links.filter(({ carrier }) => carrier).map(({ ifname }) => ifname);
  return { connected: new Set(up), problems: [] };
}

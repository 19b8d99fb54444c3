import type { NetworkNamespace } from '../../../netns/namespace';
import { removeDevices } from '../../host/devices';
import type { Device } from '../../model/devices';
import type { Layout } from '../../model/layout';
import type { Member } from '../../model/member';

/** Routers behind a hub, each with the ports of some members. */
interface PortRouters {
  byRouter(members: readonly Member[]): Promise<ReadonlyMap<NetworkNamespace, readonly Member[]>>;
  existing(): Promise<readonly NetworkNamespace[]>;
}

/** The namespaces of a network that exists. */
export interface NetworkPlace {
  readonly layout: Layout;
  /** The namespace with the bridge or router: the host, or one of the network's own. */
  readonly hub: NetworkNamespace;
  /** The routers behind the hub; only if the network has some. */
  readonly segments?: PortRouters;
  /** Throws if a later network has the name by now: asked once it is known what would be removed. */
  readonly confirm?: () => void;
}

/** Members by the namespace that has their ports. */
export async function membersByPlace(
  { hub, segments }: Pick<NetworkPlace, 'hub' | 'segments'>,
  members: readonly Member[],
): Promise<ReadonlyMap<NetworkNamespace, readonly Member[]>> {
  return (await segments?.byRouter(members)) ?? new Map([[hub, members]]);
}

/** The namespaces that have members' ports. */
export async function placesOfPorts({
  hub,
  segments,
}: Pick<NetworkPlace, 'hub' | 'segments'>): Promise<readonly NetworkNamespace[]> {
  return (await segments?.existing()) ?? [hub];
}

/** Removes members' ports, in whichever namespaces these are. */
export async function removePortsOf(
  place: NetworkPlace,
  members: readonly Member[],
  ports: (members: readonly Member[]) => Device[],
): Promise<void> {
  const { confirm } = place;
  for (const [netns, own] of await membersByPlace(place, members))
    await removeDevices(netns, ports(own), { confirm });
}

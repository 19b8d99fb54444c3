import type { PublishedPort } from '../../firewall/network/published-port';
import type { HostConfiguration } from './host-configuration';
import type { Member } from './member';

/** Another host's network, and the route to it. */
export interface Peer {
  readonly subnet: string;
  /** The other host's address. */
  readonly via: string;
  /** The host's interface that leads there. */
  readonly device: string;
}

/** A device of the host that is a port of the network's bridge. */
export interface Adopted {
  /** Its name when it was adopted. */
  readonly ifname: string;
  /** Its index, by which a renamed device is found. Absent in files of earlier versions. */
  readonly index?: number;
  /** The moving configuration; only during the move. */
  readonly configuration?: HostConfiguration;
}

/** Members, ports, peers and adopted devices of a network. */
export interface NetworkState {
  readonly members: readonly Member[];
  readonly ports: readonly PublishedPort[];
  /** Absent: none yet. */
  readonly peers?: readonly Peer[];
  readonly adopted?: readonly Adopted[];
  /** The ports of members that are about to leave. */
  readonly leaving?: ReadonlySet<string>;
}

/** The initial state of a network. */
export const EMPTY_STATE: NetworkState = { members: [], ports: [] };

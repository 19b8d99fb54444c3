import type { Device, FlagSet, Named, Unknown, VlanProtocol } from '../common/common';

export interface BridgeId {
  readonly priority: number;
  readonly address: string;
}

export type Boolopt =
  | 'no_linklocal_learn'
  | 'mcast_vlan_snooping'
  | 'mst_enabled'
  | 'mdb_offload_fail_notification'
  | 'fdb_local_vlan_0';

/** Options by bit: `optmask` selects them, `optval` has their values. */
export interface BooloptMulti {
  readonly optval?: FlagSet<Boolopt>;
  readonly optmask?: FlagSet<Boolopt>;
}

/** Times are in hundredths of a second. */
interface BridgeBoth {
  readonly forwardDelay?: number;
  readonly helloTime?: number;
  readonly maxAge?: number;
  readonly ageingTime?: number;
  /** 0: off, 1: the kernel's spanning tree, 2: a user-space program's. */
  readonly stpState?: number;
  readonly priority?: number;
  readonly vlanFiltering?: boolean;
  readonly vlanProtocol?: VlanProtocol;
  readonly groupFwdMask?: number;
  readonly groupAddr?: string;
  /** 0: never, 1: learned from queries, 2: always. */
  readonly mcastRouter?: number;
  readonly mcastSnooping?: boolean;
  readonly mcastQueryUseIfaddr?: boolean;
  readonly mcastQuerier?: boolean;
  /** Ignored since Linux 5.0, always 16. */
  readonly mcastHashElasticity?: number;
  readonly mcastHashMax?: number;
  readonly mcastLastMemberCnt?: number;
  readonly mcastStartupQueryCnt?: number;
  readonly mcastLastMemberIntvl?: bigint;
  readonly mcastMembershipIntvl?: bigint;
  readonly mcastQuerierIntvl?: bigint;
  readonly mcastQueryIntvl?: bigint;
  readonly mcastQueryResponseIntvl?: bigint;
  readonly mcastStartupQueryIntvl?: bigint;
  readonly nfCallIptables?: boolean;
  readonly nfCallIp6tables?: boolean;
  readonly nfCallArptables?: boolean;
  readonly vlanDefaultPvid?: number;
  readonly vlanStatsEnabled?: boolean;
  readonly mcastStatsEnabled?: boolean;
  readonly mcastIgmpVersion?: number;
  readonly mcastMldVersion?: number;
  readonly vlanStatsPerPort?: boolean;
  /** Since Linux 4.20. */
  readonly multiBoolopt?: BooloptMulti;
  /** Maximum number of learned entries; 0: no limit. Since Linux 6.7. */
  readonly fdbMaxLearned?: number;
}

export interface BridgeData extends BridgeBoth {
  /** Forgets every learned entry. */
  readonly fdbFlush?: boolean;
}

/** The multicast querier of the bridge. Since Linux 5.15. */
export interface QuerierState extends Unknown {
  readonly ipAddress?: string;
  readonly ipPort?: number;
  readonly ipOtherTimer?: bigint;
  readonly ipv6Address?: string;
  readonly ipv6Port?: number;
  readonly ipv6OtherTimer?: bigint;
}

export interface BridgeInfo extends BridgeBoth, Unknown {
  readonly rootId?: BridgeId;
  readonly bridgeId?: BridgeId;
  readonly rootPort?: number;
  readonly rootPathCost?: number;
  readonly topologyChange?: boolean;
  readonly topologyChangeDetected?: boolean;
  readonly helloTimer?: bigint;
  readonly tcnTimer?: bigint;
  readonly topologyChangeTimer?: bigint;
  readonly gcTimer?: bigint;
  readonly mcastQuerierState?: QuerierState;
  readonly fdbNLearned?: number;
}

interface BridgePortBoth {
  readonly state?: Named<'disabled' | 'listening' | 'learning' | 'forwarding' | 'blocking'>;
  readonly priority?: number;
  readonly cost?: number;
  /** Hairpin: a frame may leave through the port it arrived on. */
  readonly mode?: boolean;
  readonly guard?: boolean;
  readonly protect?: boolean;
  readonly fastLeave?: boolean;
  readonly learning?: boolean;
  readonly unicastFlood?: boolean;
  readonly proxyarp?: boolean;
  readonly proxyarpWifi?: boolean;
  /** 0: never, 1: learned from queries, 2: always, 3: temporarily. */
  readonly multicastRouter?: number;
  readonly mcastFlood?: boolean;
  readonly mcastToUcast?: boolean;
  readonly vlanTunnel?: boolean;
  readonly bcastFlood?: boolean;
  readonly groupFwdMask?: number;
  readonly neighSuppress?: boolean;
  /** Isolated ports reach only ports that are not isolated. */
  readonly isolated?: boolean;
  /** Since Linux 5.12. */
  readonly mcastEhtHostsLimit?: number;
  /** Frames from addresses without a forwarding entry are dropped. Since Linux 5.18. */
  readonly locked?: boolean;
  /** Since Linux 6.2. */
  readonly mab?: boolean;
  /** 0: no limit. Since Linux 6.3. */
  readonly mcastMaxGroups?: number;
  /** Since Linux 6.4. */
  readonly neighVlanSuppress?: boolean;
  /** Since Linux 6.6. */
  readonly backupNhid?: number;
}

/** A link's settings as a port of a bridge. */
export interface BridgePortData extends BridgePortBoth {
  /** Forgets the entries learned at this port. */
  readonly flush?: boolean;
  /** The port that takes over while this one has no carrier; null: none. */
  readonly backupPort?: Device | null;
}

export interface BridgePortInfo extends BridgePortBoth, Unknown {
  readonly backupPort?: number;
  readonly learningSync?: boolean;
  readonly rootId?: BridgeId;
  readonly bridgeId?: BridgeId;
  readonly designatedPort?: number;
  readonly designatedCost?: number;
  readonly id?: number;
  readonly no?: number;
  readonly topologyChangeAck?: boolean;
  readonly configPending?: boolean;
  readonly messageAgeTimer?: bigint;
  readonly forwardDelayTimer?: bigint;
  readonly holdTimer?: bigint;
  readonly mrpRingOpen?: boolean;
  readonly mrpInOpen?: boolean;
  readonly mcastEhtHostsCnt?: number;
  /** Since Linux 6.3. */
  readonly mcastNGroups?: number;
}

export interface BridgeVlan {
  readonly vid: number;
  readonly flags: FlagSet<'MASTER' | 'PVID' | 'Egress Untagged' | 'RANGE_BEGIN' | 'RANGE_END' | 'BRENTRY'>;
}

/** A port as reported by its bridge: a monitor of links receives it from bridges. */
export interface BridgeLinkInfo extends Unknown {
  readonly index: number;
  readonly up: boolean;
  readonly address?: string;
  readonly ifname?: string;
  readonly mtu?: number;
  readonly link?: number;
  readonly master?: number;
  readonly operstate?: number;
  readonly protinfo?: BridgePortInfo;
  readonly vlans?: readonly BridgeVlan[];
}

export interface BridgeLink {
  readonly kind: 'bridge';
  readonly data?: BridgeData;
}

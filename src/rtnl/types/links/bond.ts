import type { Device, Named, Unknown } from '../common/common';

/** Times are in milliseconds. */
interface BondBoth {
  readonly mode?: Named<
    'balance-rr' | 'active-backup' | 'balance-xor' | 'broadcast' | '802.3ad' | 'balance-tlb' | 'balance-alb'
  >;
  readonly miimon?: number;
  readonly updelay?: number;
  readonly downdelay?: number;
  readonly useCarrier?: boolean;
  readonly arpInterval?: number;
  /** At most 16 addresses. */
  readonly arpIpTarget?: readonly string[];
  readonly arpValidate?: Named<
    'none' | 'active' | 'backup' | 'all' | 'filter' | 'filter_active' | 'filter_backup'
  >;
  readonly arpAllTargets?: Named<'any' | 'all'>;
  readonly primaryReselect?: Named<'always' | 'better' | 'failure'>;
  readonly failOverMac?: Named<'none' | 'active' | 'follow'>;
  readonly xmitHashPolicy?: Named<
    'layer2' | 'layer3+4' | 'layer2+3' | 'encap2+3' | 'encap3+4' | 'vlan+srcmac'
  >;
  readonly resendIgmp?: number;
  readonly numPeerNotif?: number;
  readonly allSlavesActive?: boolean;
  readonly minLinks?: number;
  /** Seconds. */
  readonly lpInterval?: number;
  readonly packetsPerSlave?: number;
  readonly adLacpRate?: Named<'slow' | 'fast'>;
  readonly adSelect?: Named<'stable' | 'bandwidth' | 'count' | 'actor_port_prio'>;
  readonly adActorSysPrio?: number;
  readonly adUserPortKey?: number;
  readonly adActorSystem?: string;
  readonly tlbDynamicLb?: boolean;
  readonly peerNotifDelay?: number;
  /** Since Linux 5.15. */
  readonly adLacpActive?: boolean;
  /** Since Linux 5.17. */
  readonly missedMax?: number;
  /** At most 16 addresses. Since Linux 5.18. */
  readonly nsIp6Target?: readonly string[];
  /** Since Linux 6.9. */
  readonly coupledControl?: boolean;
  /** Since Linux 6.17. */
  readonly broadcastNeigh?: boolean;
}

export interface BondData extends BondBoth {
  readonly activeSlave?: Device | null;
  readonly primary?: Device | null;
}

/** The aggregator that an 802.3ad bond uses. */
export interface BondAdInfo extends Unknown {
  readonly aggregator?: number;
  readonly numPorts?: number;
  readonly actorKey?: number;
  readonly partnerKey?: number;
  readonly partnerMac?: string;
}

export interface BondInfo extends BondBoth, Unknown {
  readonly activeSlave?: number;
  readonly primary?: number;
  readonly adInfo?: BondAdInfo;
}

/** A link's settings as a member of a bond. */
export interface BondSlaveData {
  readonly queueId?: number;
  /** Since Linux 6.0. */
  readonly prio?: number;
  /** Since Linux 6.18. */
  readonly actorPortPrio?: number;
}

export interface BondSlaveInfo extends BondSlaveData, Unknown {
  readonly state?: Named<'ACTIVE' | 'BACKUP'>;
  readonly miiStatus?: Named<'UP' | 'GOING_DOWN' | 'DOWN' | 'GOING_BACK'>;
  readonly linkFailureCount?: number;
  readonly permHwaddr?: string;
  readonly adAggregatorId?: number;
  readonly adActorOperPortState?: number;
  readonly adPartnerOperPortState?: number;
}

export interface BondLink {
  readonly kind: 'bond';
  readonly data?: BondData;
}

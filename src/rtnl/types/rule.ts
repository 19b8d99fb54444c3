import type {
  AddressFamily,
  FlagSet,
  IpProtocol,
  Named,
  RouteProtocol,
  RouteTable,
  Unknown,
} from './common/common';

/** Both ends are included. */
export interface NumberRange {
  readonly start: number;
  readonly end: number;
}

interface RuleBoth {
  /** Rules are evaluated by priority, the lowest first. */
  readonly priority?: number;
  readonly from?: string;
  readonly to?: string;
  readonly tos?: number;
  /** The interface on which a packet arrived; 'lo' for packets sent by this machine. */
  readonly iif?: string;
  readonly oif?: string;
  readonly fwmark?: number;
  readonly fwmask?: number;
  readonly tunId?: bigint;
  /** Use the table of the vrf that the packet belongs to. */
  readonly l3mdev?: boolean;
  readonly uidRange?: NumberRange;
  readonly ipProto?: IpProtocol;
  readonly sportRange?: NumberRange;
  readonly dportRange?: NumberRange;
  /** Since Linux 6.12. */
  readonly dscp?: number;
  /** IPv6 only. Since Linux 6.14. */
  readonly flowlabel?: number;
  /** Since Linux 6.14. */
  readonly flowlabelMask?: number;
  /** Since Linux 6.15. */
  readonly sportMask?: number;
  /** Since Linux 6.15. */
  readonly dportMask?: number;
  /** Since Linux 6.15. */
  readonly dscpMask?: number;
  /** Inverts the match. */
  readonly not?: boolean;
  readonly action?: Named<'unspec' | 'lookup' | 'goto' | 'nop' | 'blackhole' | 'unreachable' | 'prohibit'>;
  readonly table?: RouteTable;
  /** The priority of the rule to continue with. */
  readonly goto?: number;
  readonly flow?: number;
  /** Routes through links of this group are ignored; -1: none. */
  readonly suppressIfgroup?: number;
  /** Routes with a prefix of this length or less are ignored; -1: none. */
  readonly suppressPrefixlen?: number;
  readonly protocol?: RouteProtocol;
}

export interface RuleAdd extends RuleBoth {
  /** Default: derived from the addresses; 'inet' if there are none. */
  readonly family?: AddressFamily;
}

/** Names a rule to remove; absent properties match any value. */
export type RuleRef = RuleAdd;

export interface RuleFilter {
  readonly family?: AddressFamily;
}

/** A rule as reported by the kernel. */
export interface RuleInfo extends RuleBoth, Unknown {
  /** 0 is the kernel's own rule for the table 'local'. */
  readonly priority: number;
  readonly family: AddressFamily;
  readonly flags: FlagSet<
    'permanent' | 'not' | 'unresolved' | 'iif_detached' | 'oif_detached' | 'find_saddr'
  >;
}

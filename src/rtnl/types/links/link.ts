import type { BondLink, BondSlaveData } from './bond';
import type { BridgeLink, BridgePortData } from './bridge';
import type { Device, FlagSet } from '../common/common';
import type * as kinds from './kinds';
import type { LinkCommon } from './link-common';
import type * as tunnels from './tunnels';

/** A kind with its data, in requests. */
export type LinkOfKind =
  | kinds.VethLink
  | BridgeLink
  | kinds.MacvlanLink
  | kinds.IpvlanLink
  | kinds.VlanLink
  | tunnels.VxlanLink
  | kinds.VrfLink
  | BondLink
  | tunnels.GeneveLink
  | tunnels.GreLink
  | tunnels.IpipLink
  | tunnels.SitLink
  | kinds.NetkitLink
  | kinds.PlainLink;

/** A link's settings as a member of its `master`. */
export type LinkAsSlave =
  | { readonly slaveKind?: never; readonly slaveData?: never }
  | { readonly slaveKind: 'bridge'; readonly slaveData?: BridgePortData }
  | { readonly slaveKind: 'bond'; readonly slaveData?: BondSlaveData };

/** A link to create. */
export type LinkAdd = LinkCommon & LinkAsSlave & LinkOfKind;

/** Names a link by a name or its index. */
export interface LinkRef {
  readonly index?: number;
  readonly ifname?: string;
  /** An alternative name of at most 127 bytes. Since Linux 5.5. */
  readonly altname?: string;
  readonly extMask?: FlagSet<ExtMask>;
  readonly targetNetnsid?: number;
}

/** Names a link to read. */
export interface LinkGet extends LinkRef, LinkParts {}

/** Optional parts of a reply. */
export interface LinkParts {
  /** Counters, as `stats64`: those of `ip -s`. */
  readonly stats?: boolean;
}

/** Optional parts to include in a reply, or to omit. */
export type ExtMask =
  'vf' | 'brvlan' | 'brvlan_compressed' | 'skip_stats' | 'mrp' | 'cfm_config' | 'cfm_status' | 'mst';

/**
 * Changes to one link, named by `index`, or else `altname` or `ifname`; with an index, `ifname` is the new name.
 * Attributes of a kind need the kind beside them.
 */
export type LinkSet = LinkCommon &
  LinkAsSlave &
  Pick<LinkRef, 'altname'> &
  ({ readonly kind?: never; readonly data?: never } | LinkOfKind);

/** Filters a list in the kernel. */
export interface LinkFilter extends LinkParts {
  readonly master?: Device;
  readonly kind?: string;
  readonly extMask?: FlagSet<ExtMask>;
  readonly targetNetnsid?: number;
}

/** Adds or removes alternative names of a link, named by `index` or `ifname`. Since Linux 5.5. */
export interface Altnames {
  readonly index?: number;
  readonly ifname?: string;
  /** Each at most 127 bytes. */
  readonly altnames?: readonly string[];
}

import type { AddressFamily, Device, FlagSet, Named, Scope, Unknown } from './common/common';

export type AddrFlag =
  | 'secondary'
  | 'nodad'
  | 'optimistic'
  | 'dadfailed'
  | 'home'
  | 'deprecated'
  | 'tentative'
  | 'permanent'
  | 'mngtmpaddr'
  | 'noprefixroute'
  | 'autojoin'
  | 'stable-privacy';

/** Lifetimes in seconds, 4294967295 for ever. They are sent together: an absent one is 0. */
export interface AddrLifetimes {
  readonly preferred: number;
  readonly valid: number;
}

export interface AddrCacheinfo extends AddrLifetimes {
  /** Time of creation, in hundredths of a second since boot. */
  readonly cstamp: number;
  /** Time of the last change, in hundredths of a second since boot. */
  readonly tstamp: number;
}

interface AddrBoth {
  /** '10.0.0.2/24' or 'fd00::2/64'. With a peer, the prefix length is that of the pair. */
  readonly address?: string;
  /** The other end of a point-to-point link. */
  readonly peer?: string;
  readonly scope?: Scope;
  /** IPv4 only; at most 15 bytes, by convention the interface's name, optionally followed by ':' and a suffix. */
  readonly label?: string;
  /** In a request also 'auto': the last address of the prefix. IPv4 only. */
  readonly broadcast?: string;
  readonly flags?: FlagSet<AddrFlag>;
  /** The metric of the prefix route. */
  readonly rtPriority?: number;
  /** The request's target namespace, by its id in the socket's namespace. */
  readonly targetNetnsid?: number;
  /** The installer of the address. Since Linux 5.18. */
  readonly proto?: Named<'unspec' | 'kernel_lo' | 'kernel_ra' | 'kernel_ll'>;
}

export interface AddrAdd extends AddrBoth {
  readonly dev: Device;
  readonly address: string;
  readonly family?: AddressFamily;
  readonly cacheinfo?: AddrLifetimes;
}

/** Names an address to remove. */
export interface AddrRef {
  readonly dev: Device;
  readonly address: string;
  readonly peer?: string;
  readonly family?: AddressFamily;
  readonly label?: string;
}

/** Filters a list in the kernel. */
export interface AddrFilter {
  readonly dev?: Device;
  readonly family?: AddressFamily;
  readonly targetNetnsid?: number;
}

/** An address as reported by the kernel; `dev` is an index. */
export interface AddrInfo extends AddrBoth, Unknown {
  readonly family: AddressFamily;
  readonly dev: number;
  readonly address: string;
  readonly prefixlen: number;
  readonly scope: Scope;
  readonly anycast?: string;
  readonly multicast?: string;
  readonly cacheinfo?: AddrCacheinfo;
}

import type { FamilyDefinition } from '../definition/define-family';
import { addr } from './addr';
import { altname } from './altname';
import { ethtool } from './ethtool';
import { fdb } from './fdb';
import { link } from './link';
import { neigh } from './neigh';
import { netns } from './netns';
import { nexthop } from './nexthop';
import { route } from './route';
import { rule } from './rule';
import { filter, qdisc, tcClass } from './tc';

/** All families, in the order in which they are listed. */
export const families = {
  link,
  /** Further names of a link, up to 127 bytes long. */
  altname,
  addr,
  route,
  rule,
  neigh,
  fdb,
  nexthop,
  /** Ids by which this namespace knows others. */
  netns,
  /** What a device computes for the kernel. Not rtnetlink but a family of its own, on a socket of its own. */
  ethtool,
  /** Traffic control: how a device queues what it sends, and what it does with what it receives. */
  qdisc,
  class: tcClass,
  filter,
} as const;

type Families = typeof families;

/** The bodies that each family's verbs take. The verbs are iproute2's. */
export type Requests = { [F in keyof Families]: NonNullable<Families[F]['requests']> };

/** The object that each family answers with. */
export type Objects = { [F in keyof Families]: NonNullable<Families[F]['object']> };

export type FamilyName = keyof Families;
export type VerbOf<F extends FamilyName> = keyof Requests[F] & string;

export const familyNames = Object.keys(families) as readonly FamilyName[];

export function familyNamed(name: FamilyName): FamilyDefinition {
  return families[name];
}

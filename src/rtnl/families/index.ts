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

/** All families, in listing order. */
export const families = {
  link,
  /** Additional names of a link, up to 127 bytes long. */
  altname,
  addr,
  route,
  rule,
  neigh,
  fdb,
  nexthop,
  /** Ids of other namespaces in this one. */
  netns,
  /** Offload features of a device. Not rtnetlink, but a family and a socket of its own. */
  ethtool,
  /** Traffic control: queueing of sent packets and handling of received ones. */
  qdisc,
  class: tcClass,
  filter,
} as const;

type Families = typeof families;

/** The bodies of each family's verbs, which are iproute2's. */
export type Requests = { [F in keyof Families]: NonNullable<Families[F]['requests']> };

/** The object in each family's replies. */
export type Objects = { [F in keyof Families]: NonNullable<Families[F]['object']> };

export type FamilyName = keyof Families;
export type VerbOf<F extends FamilyName> = keyof Requests[F] & string;

export const familyNames = Object.keys(families) as readonly FamilyName[];

export function familyNamed(name: FamilyName): FamilyDefinition {
  return families[name];
}

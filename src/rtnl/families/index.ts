import type { FamilyName } from '../contract/requests';
import { addr } from './addr';
import { altname } from './altname';
import { ethtool } from './ethtool';
import { fdb } from './fdb';
import type { FamilyHooks } from '../contract/hooks';
import { link } from './link';
import { neigh } from './neigh';
import { netns } from './netns';
import { nexthop } from './nexthop';
import { route } from './route';
import { rule } from './rule';
import { filter, qdisc, tcClass } from './tc';

const hooks: Readonly<Record<FamilyName, FamilyHooks>> = {
  link,
  altname,
  addr,
  route,
  rule,
  neigh,
  fdb,
  nexthop,
  netns,
  ethtool,
  qdisc,
  class: tcClass,
  filter,
};

export function hooksOf(family: FamilyName): FamilyHooks {
  return hooks[family];
}

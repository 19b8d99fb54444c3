import type {
  AddrAdd,
  AddrFilter,
  AddrInfo,
  AddrRef,
  Altnames,
  ClassAdd,
  ClassFilter,
  ClassInfo,
  ClassRef,
  EthtoolSet,
  FdbAdd,
  FdbFilter,
  FdbInfo,
  FdbRef,
  FilterAdd,
  FilterFilter,
  FilterInfo,
  FilterRef,
  LinkAdd,
  LinkFilter,
  LinkGet,
  LinkInfo,
  LinkRef,
  LinkSet,
  NeighAdd,
  NeighFilter,
  NeighInfo,
  NeighRef,
  NexthopAdd,
  NexthopFilter,
  NexthopInfo,
  NexthopRef,
  NsidAdd,
  NsidInfo,
  NsidRef,
  QdiscAdd,
  QdiscFilter,
  QdiscInfo,
  QdiscRef,
  RouteAdd,
  RouteFilter,
  RouteGet,
  RouteInfo,
  RouteRef,
  RuleAdd,
  RuleFilter,
  RuleInfo,
  RuleRef,
} from '../types';

/** What can be asked of each family, and with which body. The verbs are iproute2's. */
export interface Requests {
  link: {
    add: LinkAdd;
    set: LinkSet;
    delete: LinkRef | { readonly group: number };
    get: LinkGet;
    list: LinkFilter;
  };
  /** Further names of a link, up to 127 bytes long. */
  altname: { add: Altnames; delete: Altnames };
  addr: { add: AddrAdd; replace: AddrAdd; delete: AddrRef; list: AddrFilter };
  route: {
    add: RouteAdd;
    replace: RouteAdd;
    append: RouteAdd;
    set: RouteAdd;
    delete: RouteRef;
    get: RouteGet;
    list: RouteFilter;
  };
  rule: { add: RuleAdd; delete: RuleRef; list: RuleFilter };
  neigh: {
    add: NeighAdd;
    replace: NeighAdd;
    set: NeighAdd;
    delete: NeighRef;
    get: NeighRef;
    list: NeighFilter;
  };
  fdb: { add: FdbAdd; replace: FdbAdd; append: FdbAdd; delete: FdbRef; get: FdbRef; list: FdbFilter };
  nexthop: { add: NexthopAdd; replace: NexthopAdd; delete: NexthopRef; get: NexthopRef; list: NexthopFilter };
  netns: { add: NsidAdd; get: NsidRef; list: Record<string, never> };
  /** What a device computes for the kernel. Not rtnetlink but a family of its own, on a socket of its own. */
  ethtool: { set: EthtoolSet };
  qdisc: { add: QdiscAdd; replace: QdiscAdd; delete: QdiscRef; get: QdiscRef; list: QdiscFilter };
  class: { add: ClassAdd; replace: ClassAdd; delete: ClassRef; get: ClassRef; list: ClassFilter };
  filter: { add: FilterAdd; replace: FilterAdd; delete: FilterRef; get: FilterRef; list: FilterFilter };
}

/** What each family's requests are answered with. */
export interface Objects {
  link: LinkInfo;
  altname: never;
  addr: AddrInfo;
  route: RouteInfo;
  rule: RuleInfo;
  neigh: NeighInfo;
  fdb: FdbInfo;
  nexthop: NexthopInfo;
  netns: NsidInfo;
  ethtool: never;
  qdisc: QdiscInfo;
  class: ClassInfo;
  filter: FilterInfo;
}

export type FamilyName = keyof Requests;
export type VerbOf<F extends FamilyName> = keyof Requests[F] & string;

/** The verbs of {@link Requests} at run time. */
export const verbs: { readonly [F in FamilyName]: readonly VerbOf<F>[] } = {
  link: ['add', 'set', 'delete', 'get', 'list'],
  altname: ['add', 'delete'],
  addr: ['add', 'replace', 'delete', 'list'],
  route: ['add', 'replace', 'append', 'set', 'delete', 'get', 'list'],
  rule: ['add', 'delete', 'list'],
  neigh: ['add', 'replace', 'set', 'delete', 'get', 'list'],
  fdb: ['add', 'replace', 'append', 'delete', 'get', 'list'],
  nexthop: ['add', 'replace', 'delete', 'get', 'list'],
  netns: ['add', 'get', 'list'],
  ethtool: ['set'],
  qdisc: ['add', 'replace', 'delete', 'get', 'list'],
  class: ['add', 'replace', 'delete', 'get', 'list'],
  filter: ['add', 'replace', 'delete', 'get', 'list'],
};

export const familyNames = Object.keys(verbs) as readonly FamilyName[];

import path from 'node:path';
import ts from 'typescript';
import { binding } from '../../../src/executor/run-program';
import type { SchemaRow } from '../../../src/native/schema';

interface Shapes {
  /** Together they must have the keys that a request may have, and no others. */
  readonly request: readonly string[];
  /** Likewise for answers; empty where the kernel never answers with the table. */
  readonly reply: readonly string[];
}

const both = (name: string): Shapes => ({ request: [name], reply: [name] });
const shape = (request: string | readonly string[], reply: string | readonly string[]): Shapes => ({
  request: typeof request === 'string' ? [request] : request,
  reply: typeof reply === 'string' ? [reply] : reply,
});

/** The TypeScript types of every rtnetlink table, by the table's name. */
const types: Readonly<Record<string, Shapes>> = {
  link: shape(['LinkAdd', 'LinkSet', 'LinkGet', 'LinkFilter'], 'LinkInfo'),
  stats64: shape([], 'LinkStats'),
  xdp: shape('XdpAttach', 'XdpInfo'),
  protoDownReason: shape('ProtoDownReason', 'ProtoDownReasonInfo'),
  dpllPin: shape([], 'DpllPin'),
  inet: both('Inet'),
  inetConf: both('InetConf'),
  inet6: shape('Inet6', 'Inet6Info'),
  inet6Conf: shape([], 'Inet6Conf'),
  inet6Cacheinfo: shape([], 'Inet6Cacheinfo'),
  bridgeLink: shape([], 'BridgeLinkInfo'),
  bridgeVlan: shape([], 'BridgeVlan'),
  altname: shape('Altnames', []),
  veth: shape('VethData', 'VethInfo'),
  netkit: shape('NetkitData', 'NetkitInfo'),
  macvlan: shape('MacvlanData', 'MacvlanInfo'),
  macvtap: shape('MacvlanData', 'MacvlanInfo'),
  ipvlan: shape('IpvlanData', 'IpvlanInfo'),
  vlan: shape('VlanData', 'VlanInfo'),
  vlanFlags: both('VlanFlagPair'),
  vlanQos: both('VlanQos'),
  vrf: shape('VrfData', 'VrfInfo'),
  vrfPort: shape([], 'VrfPortInfo'),
  tun: shape([], 'TunInfo'),
  dummy: shape([], []),
  ifb: shape([], []),
  wireguard: shape([], []),
  nlmon: shape([], []),
  bridge: shape('BridgeData', 'BridgeInfo'),
  bridgeId: shape([], 'BridgeId'),
  booloptMulti: both('BooloptMulti'),
  mcastQuerierState: shape([], 'QuerierState'),
  bridgePort: shape('BridgePortData', 'BridgePortInfo'),
  bond: shape('BondData', 'BondInfo'),
  bondAdInfo: shape([], 'BondAdInfo'),
  bondSlave: shape('BondSlaveData', 'BondSlaveInfo'),
  vxlan: shape('VxlanData', 'VxlanInfo'),
  geneve: shape('GeneveData', 'GeneveInfo'),
  portRange: both('PortRange'),
  gre: shape('GreData', 'GreInfo'),
  gretap: shape('GreData', 'GreInfo'),
  ipip: shape('IpipData', 'IpipInfo'),
  sit: shape('SitData', 'SitInfo'),
  addr: shape(['AddrAdd', 'AddrRef', 'AddrFilter'], 'AddrInfo'),
  addrCacheinfo: shape('AddrLifetimes', 'AddrCacheinfo'),
  route: shape(['RouteAdd', 'RouteRef', 'RouteGet', 'RouteFilter'], 'RouteInfo'),
  metrics: shape('RouteMetrics', 'RouteMetricsInfo'),
  hop: shape('Hop', 'HopInfo'),
  routeCacheinfo: shape([], 'RouteCacheinfo'),
  rule: shape(['RuleAdd', 'RuleRef', 'RuleFilter'], 'RuleInfo'),
  uidRange: both('NumberRange'),
  rulePortRange: both('NumberRange'),
  neigh: shape(['NeighAdd', 'NeighRef', 'NeighFilter'], 'NeighInfo'),
  neighCacheinfo: shape([], 'NeighCacheinfo'),
  fdb: shape(['FdbAdd', 'FdbRef', 'FdbFilter'], 'FdbInfo'),
  fdbExtAttrs: both('FdbExtAttrs'),
  nexthop: shape(['NexthopAdd', 'NexthopRef', 'NexthopFilter'], 'NexthopInfo'),
  nexthopGroup: both('NexthopGroupMember'),
  resGroup: shape('ResGroup', 'ResGroupInfo'),
  groupStats: shape([], 'NexthopGroupStats'),
  netns: shape(['NsidAdd', 'NsidRef'], 'NsidInfo'),
  qdisc: shape(['QdiscAdd', 'QdiscRef', 'QdiscFilter'], 'QdiscInfo'),
  tcStats: shape([], 'TcStats'),
  tcStatsBasic: shape([], 'TcStatsBasic'),
  tcStatsQueue: shape([], 'TcStatsQueue'),
  tbf: both('TbfData'),
  tbfParms: shape([], []),
  htb: shape('HtbData', 'HtbInfo'),
  htbInit: shape([], []),
  netem: both('NetemData'),
  netemCorrelation: both('NetemCorrelation'),
  netemChance: both('NetemChance'),
  netemRate: both('NetemRate'),
  fqCodel: both('FqCodelData'),
  fifo: both('FifoData'),
  ingress: shape([], []),
  clsact: shape([], []),
  class: shape(['ClassAdd', 'ClassRef', 'ClassFilter'], 'ClassInfo'),
  htbClass: shape('HtbClassData', 'HtbClassInfo'),
  htbParms: shape([], []),
  filter: shape(['FilterAdd', 'FilterRef', 'FilterFilter'], 'FilterInfo'),
  u32: shape('U32Data', 'U32Info'),
  flower: shape('FlowerData', 'FlowerInfo'),
  matchall: shape('MatchallData', 'MatchallInfo'),
  action: shape('Action', 'ActionInfo'),
  mirred: shape('MirredData', 'MirredInfo'),
  mirredParms: both('MirredParms'),
  gact: shape('GactData', 'GactInfo'),
  gactParms: both('GactParms'),
  gactProb: both('GactProb'),
};

/** Keys of our own: `peer` stands beside the kind and travels in its data; what hooks make of structures and ticks. */
const conveniences: Readonly<Record<string, readonly string[]>> = {
  link: ['peer', 'stats'],
  tbf: ['rate', 'burst', 'limit', 'peakrate', 'mtu', 'overhead', 'mpu', 'linklayer'],
  htb: ['defcls', 'rate2quantum', 'directPkts'],
  htbClass: [
    ...['rate', 'ceil', 'burst', 'cburst', 'quantum', 'prio', 'level'],
    ...['overhead', 'mpu', 'linklayer'],
  ],
  netem: ['delay'],
  u32: ['match'],
};

/** Keys that a family's hook writes for callers: lists of neighbours take `dev` as an attribute. */
const written: Readonly<Record<string, readonly string[]>> = {
  neigh: ['ifindex'],
  tbf: ['parms', 'rate64', 'prate64', 'burst', 'pburst'],
  htb: ['init'],
  htbClass: ['parms', 'rate64', 'ceil64'],
  netem: ['latency', 'latency64', 'jitter64'],
  u32: ['sel'],
};

const entry = path.join(__dirname, '../../../src/rtnl/types/index.ts');
const configFile = path.join(__dirname, '../../../tsconfig.json');
const { options } = ts.parseJsonConfigFileContent(
  ts.readConfigFile(configFile, (file) => ts.sys.readFile(file)).config,
  ts.sys,
  path.dirname(configFile),
);
const program = ts.createProgram([entry], { ...options, noEmit: true });
const checker = program.getTypeChecker();
const source = program.getSourceFile(entry);
const moduleSymbol = source && checker.getSymbolAtLocation(source);
const exported = new Map(
  (moduleSymbol ? checker.getExportsOfModule(moduleSymbol) : []).map((symbol) => [symbol.name, symbol]),
);

/** The properties of a type, of all its alternatives if it is a union. */
function propertiesOf(name: string): Map<string, ts.Type> {
  const symbol = exported.get(name);
  if (symbol === undefined) throw new Error(`src/rtnl/types exports no ${name}`);
  const declared = checker.getDeclaredTypeOfSymbol(symbol);
  const out = new Map<string, ts.Type>();
  for (const alternative of declared.isUnion() ? declared.types : [declared]) {
    for (const property of checker.getPropertiesOfType(alternative)) {
      const type = checker.getNonNullableType(checker.getTypeOfSymbol(property));
      if ((type.flags & ts.TypeFlags.Never) === 0) out.set(property.name, type);
    }
  }
  return out;
}

function union(names: readonly string[]): Map<string, ts.Type> {
  return new Map(names.flatMap((name) => [...propertiesOf(name)]));
}

/** The string literals of a type, or of the elements of an array type. */
function literalsOf(type: ts.Type): string[] {
  const element = checker.getIndexTypeOfType(type, ts.IndexKind.Number);
  const inner = element !== undefined && (type.flags & ts.TypeFlags.Object) !== 0 ? element : type;
  return (inner.isUnion() ? inner.types : [inner]).flatMap((part) =>
    part.isStringLiteral() ? [part.value] : [],
  );
}

const schema = binding.schema();
/** For the library itself: callers are told of these settings as parts of links. */
const INTERNAL = ['netconf'];
const routeTables = reachable(
  Object.values(schema.families).flatMap(({ protocol, table }) =>
    protocol === 0 && !INTERNAL.includes(table) ? [table] : [],
  ),
);

/** Names of the tables that hang together with those given; inlined ones belong to their parents. */
function reachable(start: readonly string[]): string[] {
  const found = new Set<string>();
  const visit = (name: string): void => {
    if (found.has(name)) return;
    found.add(name);
    for (const row of rowsOf(name)) {
      // The table of an array only describes its elements, which are plain values.
      if (row.nest !== undefined && row.kind !== 'array') visit(row.nest);
      for (const variant of Object.values(row.variants ?? {})) visit(variant);
    }
  };
  start.forEach(visit);
  return [...found].sort();
}

function rowsOf(name: string): SchemaRow[] {
  const table = schema.tables[name];
  if (table === undefined) throw new Error(`no table ${name}`);
  return [...table.header, ...table.attrs].flatMap((row) => {
    if (row.kind === 'skip') return [];
    return row.kind === 'inline' && row.nest !== undefined ? rowsOf(row.nest) : [row];
  });
}

test('every rtnetlink table has its types', () => {
  expect(routeTables.length).toBeGreaterThan(50);
  expect(Object.keys(types).sort()).toEqual(routeTables);
});

describe.each(routeTables)('table %s', (name) => {
  const shapes = types[name] ?? shape([], []);
  const sides = [
    { side: 'request', names: shapes.request, refused: 'reply', extra: conveniences[name] ?? [] },
    {
      side: 'reply',
      names: shapes.reply,
      refused: 'request',
      extra: ['unknown', ...(conveniences[name] ?? [])],
    },
  ] as const;

  test.each(sides)('the types of a $side have its keys', ({ side, names, refused, extra }) => {
    const rows = rowsOf(name).filter((row) => row.access !== refused && !written[name]?.includes(row.key));
    const expected = rows.map((row) => row.key);
    expect(new Set(expected).size).toBe(expected.length);
    if (names.length === 0) {
      // Nothing may be asked for, or nothing is ever answered.
      if (side === 'request') expect(writable(name)).toEqual([]);
      return;
    }
    const properties = union(names);
    const keys = [...properties.keys()].filter((key) => !(extra as readonly string[]).includes(key));
    expect(keys.sort()).toEqual(expected.sort());
    for (const row of rows) {
      if (row.names === undefined) continue;
      const type = properties.get(row.key);
      expect({ key: row.key, literals: type && literalsOf(type).sort() }).toEqual({
        key: row.key,
        literals: Object.keys(row.names.values).sort(),
      });
    }
  });
});

/** Discriminated unions of answers: the key that narrows, and the key that it narrows. */
const NARROWED = [
  ['LinkInfo', 'linkinfo', 'kind', 'data'],
  ['LinkInfo', 'linkinfo', 'slaveKind', 'slaveData'],
  ['QdiscInfo', 'qdisc', 'kind', 'data'],
  ['ClassInfo', 'class', 'kind', 'data'],
  ['FilterInfo', 'filter', 'kind', 'data'],
  ['ActionInfo', 'action', 'kind', 'data'],
] as const;

test.each(NARROWED)('%s of table %s: %s narrows %s for every kind with data', (type, table, kind, data) => {
  const variants = rowsOf(table).find(({ key }) => key === data)?.variants ?? {};
  const withData = Object.keys(variants).filter((one) => rowsOf(variants[one]!).length > 0);
  expect(withData.length).toBeGreaterThan(0);
  expect(kindsWithData(type, kind, data).sort()).toEqual(withData.sort());
});

/** The kinds for which a type has data. */
function kindsWithData(name: string, kind: string, data: string): string[] {
  const declared = checker.getDeclaredTypeOfSymbol(exported.get(name)!);
  const alternatives = declared.isUnion() ? declared.types : [declared];
  const found = alternatives.flatMap((alternative) => {
    const own = (key: string): ts.Type =>
      checker.getNonNullableType(checker.getTypeOfSymbol(alternative.getProperty(key)!));
    const isNever = (own(data).flags & ts.TypeFlags.Never) !== 0;
    return isNever ? [] : literalsOf(own(kind));
  });
  return [...new Set(found)];
}

/** The keys that a request may have, unless the table only ever stands in answers, or a hook writes it. */
function writable(name: string): string[] {
  const parents = routeTables.flatMap((table) =>
    rowsOf(table).flatMap((row) =>
      row.nest === name ? [row.access === 'reply' || written[table]?.includes(row.key) === true] : [],
    ),
  );
  if (parents.length > 0 && parents.every(Boolean)) return [];
  return rowsOf(name).flatMap((row) => (row.access === 'reply' ? [] : [row.key]));
}

/** One operation of a transaction, as in RFC 7047. */
export type Operation = Readonly<Record<string, unknown>>;

/** A row, or some of its columns. */
export type Row = Readonly<Record<string, unknown>>;

/** The creator of a row, in its column external_ids. */
export type Tags = Readonly<Record<string, string>>;

export const DATABASE = 'Open_vSwitch';

/** Notifies ovs-vswitchd of a change, and reads the number that it will confirm. */
export const ANNOUNCE: readonly Operation[] = [
  { op: 'mutate', table: 'Open_vSwitch', where: [], mutations: [['next_cfg', '+=', 1]] },
  { op: 'select', table: 'Open_vSwitch', where: [], columns: ['next_cfg'] },
];

/** A bridge with its internal port of the same name. */
export interface OvsBridge {
  readonly bridge: string;
  /** 'system': the kernel's datapath; 'netdev': that of ovs-vswitchd. Default: Open vSwitch's own. */
  readonly datapathType?: 'system' | 'netdev';
  readonly mac?: string;
  readonly mtu?: number;
  readonly tags?: Tags;
}

/** A device to add as a port. */
export interface OvsPort {
  readonly ifname: string;
  /** Only frames of this VLAN, untagged. Default: all. */
  readonly vlan?: number;
  readonly tags?: Tags;
}

export function createBridge({ bridge: name, datapathType, mac, mtu, tags = {} }: OvsBridge): Operation[] {
  const row = {
    name,
    ports: named('port0'),
    ...(datapathType && { datapath_type: datapathType }),
    ...(mac !== undefined && { other_config: mapOf({ hwaddr: mac }) }),
    external_ids: mapOf(tags),
  };
  const own = { name, type: 'internal', ...(mtu !== undefined && { mtu_request: mtu }) };
  return [
    { op: 'insert', table: 'Interface', 'uuid-name': 'interface0', row: own },
    {
      op: 'insert',
      table: 'Port',
      'uuid-name': 'port0',
      row: { name, interfaces: named('interface0'), external_ids: mapOf(tags) },
    },
    { op: 'insert', table: 'Bridge', 'uuid-name': 'bridge', row },
    {
      op: 'mutate',
      table: 'Open_vSwitch',
      where: [],
      mutations: [['bridges', 'insert', setOf([named('bridge')])]],
    },
  ];
}

/** Deletes bridges; the database deletes their ports, which are then unreferenced. */
export function deleteBridges(uuids: readonly unknown[]): Operation[] {
  const mutations = [['bridges', 'delete', setOf(uuids)]];
  return [{ op: 'mutate', table: 'Open_vSwitch', where: [], mutations }];
}

/** The transaction fails if the bridge does not exist. */
export function addPorts(bridge: string, ports: readonly OvsPort[]): Operation[] {
  const where = [['name', '==', bridge]];
  const isThere = { columns: ['name'], until: '==', rows: [{ name: bridge }], timeout: 0 };
  return [
    { op: 'wait', table: 'Bridge', where, ...isThere },
    ...ports.flatMap(({ ifname: name, vlan, tags = {} }, index): Operation[] => [
      { op: 'insert', table: 'Interface', 'uuid-name': `interface${String(index)}`, row: { name } },
      {
        op: 'insert',
        table: 'Port',
        'uuid-name': `port${String(index)}`,
        row: {
          name,
          interfaces: named(`interface${String(index)}`),
          ...(vlan !== undefined && { tag: vlan }),
          external_ids: mapOf(tags),
          // The device does not survive a reboot; the distribution's scripts then drop its port.
          other_config: mapOf({ transient: 'true' }),
        },
      },
    ]),
    {
      op: 'mutate',
      table: 'Bridge',
      where,
      mutations: [['ports', 'insert', setOf(ports.map((_, index) => named(`port${String(index)}`)))]],
    },
  ];
}

export function deletePorts(bridge: string, uuids: readonly unknown[]): Operation[] {
  const mutations = [['ports', 'delete', setOf(uuids)]];
  return [{ op: 'mutate', table: 'Bridge', where: [['name', '==', bridge]], mutations }];
}

/** Finds the rows with a name and all of the tags. */
export function find(table: 'Bridge' | 'Port', name: string, tags: Tags = {}): Operation {
  const isOurs = Object.keys(tags).length === 0 ? [] : [['external_ids', 'includes', mapOf(tags)]];
  return {
    op: 'select',
    table,
    where: [['name', '==', name], ...isOurs],
    columns: ['_uuid', 'external_ids'],
  };
}

/** Reads ovs-vswitchd's result for an interface. */
export function stateOf(ifname: string): Operation {
  return { op: 'select', table: 'Interface', where: [['name', '==', ifname]], columns: ['ofport', 'error'] };
}

/** Reads a whole table. */
export function all(table: string, columns: readonly string[]): Operation {
  return { op: 'select', table, where: [], columns };
}

/** The members of a set; a single member is encoded without the set. */
export function membersOf(value: unknown): unknown[] {
  return Array.isArray(value) && value[0] === 'set' ? (value[1] as unknown[]) : [value];
}

/** A map as an object. */
export function tagsOf(value: unknown): Tags {
  return Object.fromEntries((value as [string, [string, string][]])[1]);
}

function named(name: string): readonly string[] {
  return ['named-uuid', name];
}

function setOf(values: readonly unknown[]): readonly unknown[] {
  return ['set', values];
}

function mapOf(tags: Tags): readonly unknown[] {
  return ['map', Object.entries(tags)];
}

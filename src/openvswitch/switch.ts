import os from 'node:os';
import { NetlinkError } from '../errors/errors';
import { Database, type DatabasePlace } from './database';
import {
  addPorts,
  all,
  createBridge,
  deleteBridges,
  deletePorts,
  find,
  membersOf,
  type Operation,
  type OvsBridge,
  type OvsPort,
  stateOf,
  type Tags,
  tagsOf,
} from './operations';

/** The database and the place that errors name, without a time limit. */
export type SwitchPlace = Omit<DatabasePlace, 'timeoutMs'>;

const DEADLINE_MS = 10_000;
// Time allowed for one port in milliseconds: ovs-vswitchd opens one after the other.
const PER_PORT_MS = 50;
const { EIO } = os.constants.errno;

/** The time allowed for work on this many ports, in milliseconds. */
export function deadlineFor(ports: number): number {
  return DEADLINE_MS + PER_PORT_MS * ports;
}

/** Creates a bridge. If ovs-vswitchd cannot create it, it is removed from the database. */
export function makeBridge(place: SwitchPlace, bridge: OvsBridge): Promise<void> {
  const { bridge: name, datapathType: type = 'system', tags } = bridge;
  return work(place, 1, async (database) => {
    const generation = await database.commit(createBridge(bridge));
    const check = async (): Promise<void> => {
      await database.reached(generation);
      const row = (await database.transact([stateOf(name)]))[0]?.rows?.[0];
      if (isOpen(row)) return;
      const detail = `ovs-vswitchd did not create the bridge with the datapath '${type}' (see its log): the kernel may lack the module openvswitch, which the datapath 'netdev' does not need`;
      throw failed(place, name, errorIn(row), detail);
    };
    await orUndo(place, check, (again, waits) => drop(again, name, tags, waits));
  });
}

/** Deletes a bridge that has these tags, with its ports. Returns whether there was one. */
export function deleteBridge(place: SwitchPlace, bridge: string, tags?: Tags): Promise<boolean> {
  return work(place, 1, (database) => drop(database, bridge, tags));
}

/** The tags of a bridge; undefined if there is no bridge of that name. */
export function tagsOfBridge(place: SwitchPlace, bridge: string): Promise<Tags | undefined> {
  return work(place, 1, async (database) => {
    const [row] = (await database.transact([find('Bridge', bridge)]))[0]?.rows ?? [];
    return row && tagsOf(row['external_ids']);
  });
}

/** Adds devices as ports of a bridge, in one transaction. If ovs-vswitchd cannot open one, none is left. */
export function plug(place: SwitchPlace, bridge: string, ports: readonly OvsPort[]): Promise<void> {
  return work(place, ports.length, async (database) => {
    const generation = await database.commit(addPorts(bridge, ports));
    const check = async (): Promise<void> => {
      await database.reached(generation);
      const results = await database.transact(ports.map(({ ifname }) => stateOf(ifname)));
      const index = results.findIndex(({ rows }) => !isOpen(rows?.[0]));
      if (index < 0) return;
      const detail = 'ovs-vswitchd could not open the device as a port (see its log)';
      throw failed(place, ports[index]?.ifname, errorIn(results[index]?.rows?.[0]), detail);
    };
    await orUndo(place, check, (again, waits) => pull(again, bridge, ports, waits));
  });
}

/** Removes those ports of a bridge that have their tags. Returns the names of those that existed. */
export function unplug(place: SwitchPlace, bridge: string, ports: readonly OvsPort[]): Promise<string[]> {
  return work(place, ports.length, (database) => pull(database, bridge, ports));
}

/** Those of the ports that are in the database, with their tags. */
export function pluggedIn(place: SwitchPlace, ports: readonly OvsPort[]): Promise<string[]> {
  return work(place, ports.length, async (database) =>
    (await existing(database, ports)).map(({ ifname }) => ifname),
  );
}

/** The ports of a bridge that ovs-vswitchd has opened. */
export function openPorts(place: SwitchPlace, bridge: string): Promise<string[]> {
  return work(place, 1, async (database) => {
    const [bridges, ports, interfaces] = await database.transact([
      all('Bridge', ['name', 'ports']),
      all('Port', ['_uuid', 'name']),
      all('Interface', ['name', 'ofport', 'error']),
    ]);
    const row = bridges?.rows?.find(({ name }) => name === bridge);
    const uuids = new Set(membersOf(row?.['ports']).map((uuid) => JSON.stringify(uuid)));
    const open = new Set((interfaces?.rows ?? []).filter(isOpen).map(({ name }) => name));
    return (ports?.rows ?? [])
      .filter(({ _uuid, name }) => uuids.has(JSON.stringify(_uuid)) && open.has(name))
      .map(({ name }) => String(name));
  });
}

function work<T>(place: SwitchPlace, ports: number, body: (database: Database) => Promise<T>): Promise<T> {
  return Database.use({ ...place, timeoutMs: deadlineFor(ports) }, body);
}

// Removes from the database what was committed and then failed. Does not wait a second time for an ovs-vswitchd that
// does not answer.
async function orUndo(
  place: SwitchPlace,
  check: () => Promise<void>,
  undo: (database: Database, waits: boolean) => Promise<unknown>,
): Promise<void> {
  try {
    await check();
  } catch (error) {
    const waits = !(error instanceof NetlinkError && error.code === 'ETIMEDOUT');
    await work(place, 1, (database) => undo(database, waits));
    throw error;
  }
}

async function drop(database: Database, bridge: string, tags?: Tags, waits = true): Promise<boolean> {
  const rows = (await database.transact([find('Bridge', bridge, tags)]))[0]?.rows ?? [];
  if (rows.length > 0) await change(database, deleteBridges(rows.map(({ _uuid }) => _uuid)), waits);
  return rows.length > 0;
}

async function pull(
  database: Database,
  bridge: string,
  ports: readonly OvsPort[],
  waits = true,
): Promise<string[]> {
  const found = await existing(database, ports);
  const uuids = found.map(({ uuid }) => uuid);
  if (uuids.length > 0) await change(database, deletePorts(bridge, uuids), waits);
  return found.map(({ ifname }) => ifname);
}

async function change(database: Database, operations: readonly Operation[], waits: boolean): Promise<void> {
  const generation = await database.commit(operations);
  if (waits) await database.reached(generation);
}

async function existing(
  database: Database,
  ports: readonly OvsPort[],
): Promise<{ ifname: string; uuid: unknown }[]> {
  const results = await database.transact(ports.map(({ ifname, tags }) => find('Port', ifname, tags)));
  return ports.flatMap(({ ifname }, index) =>
    (results[index]?.rows ?? []).map(({ _uuid: uuid }) => ({ ifname, uuid })),
  );
}

// The number is -1, or absent, if the device could not be opened or the bridge not created.
function isOpen(row: Readonly<Record<string, unknown>> | undefined): boolean {
  return typeof row?.['ofport'] === 'number' && row['ofport'] > 0;
}

function errorIn(row: Readonly<Record<string, unknown>> | undefined): string {
  return typeof row?.['error'] === 'string' ? row['error'] : '';
}

function failed(place: SwitchPlace, object: string | undefined, text: string, detail: string): NetlinkError {
  return new NetlinkError({ ...place, errno: EIO, object, extack: text, detail });
}

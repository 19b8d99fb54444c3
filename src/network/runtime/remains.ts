import type { AttachedMember } from '../model/attached-member';
import { ignoringNotFound } from '../../errors/not-found';
import type { LinkInfo } from '../../rtnl/types';
import { hostId } from '../host/identity';
import { readLink } from '../host/links';
import { readIntents } from '../journal/intents';
import { tag } from '../model/tags';
import { type NetworkRecord, readRecord } from '../journal/records';
import type { NetworkRuntime } from './runtime';
import { readTagged } from '../host/tagged';
import { isBeingDeleted } from '../journal/undeleted';

/** The parts of a persistent network to remove. */
export interface Remains {
  /** Its layout has the device's current name. */
  readonly record: NetworkRecord;
  /** Devices missing from the record. */
  readonly more: readonly string[];
}

/**
 * The remains of an object's network, by its record; without a record, by the object itself and the tags. Undefined
 * where the network was deleted, even if a later one has its name. Throws a NetlinkError EUCLEAN for a record that
 * cannot be read. Call it under the lock.
 */
export async function remainsOf(
  runtime: NetworkRuntime,
  attached: readonly AttachedMember[],
): Promise<Remains | undefined> {
  const { host, layout, ledger } = runtime;
  const cookie = String(host.cookie);
  const found = readRecord(cookie, layout.name);
  if (found !== undefined && found.layout.id !== layout.id) return undefined;
  const isOurs = found !== undefined || isClaimed(cookie, runtime);
  const bridge = await ownBridge(runtime, isOurs);
  if (!isOurs && bridge === undefined) return undefined;
  const device = bridge?.ifname ?? layout.device;
  if (found) return { record: { ...found, layout: { ...found.layout, device } }, more: [] };
  const isHostGone = host.fd < 0;
  const { ports, untagged } = isHostGone ? { ports: [], untagged: [] } : await readTagged(host, layout.name);
  const record = {
    ...(isHostGone ? { host: cookie, hostInode: 0 } : hostId(host)),
    ...{ layout: { ...layout, device }, ports: [] },
    members: attached.map(({ member }) => member),
    peers: ledger.known().peers ?? [],
    adopted: bridge ? untagged.map(({ ifname }) => ({ ifname })) : [],
  };
  return { record, more: ports.map(({ ifname }) => ifname) };
}

/**
 * Whether the network of an object was deleted, or is being deleted, by any object or process. A network with only its
 * record lost was not. Throws a NetlinkError EUCLEAN for a record that cannot be read. Call it under the lock.
 */
export async function isDeleted(runtime: NetworkRuntime): Promise<boolean> {
  const { host, layout } = runtime;
  const cookie = String(host.cookie);
  if (isBeingDeleted(cookie, layout.id)) return true;
  const found = readRecord(cookie, layout.name);
  if (found !== undefined) return found.layout.id !== layout.id;
  return !isClaimed(cookie, runtime) && (await ownBridge(runtime, false)) === undefined;
}

// The bridge may have been renamed. No later bridge has its index. If it had another name already when the network was
// opened, only the tag identifies it, and a later network's bridge has the same tag.
async function ownBridge(
  { host, layout, bridge }: NetworkRuntime,
  isOurs: boolean,
): Promise<LinkInfo | undefined> {
  // The bridge went with the host.
  if (host.fd < 0) return undefined;
  if (bridge === 0) return isOurs ? (await readTagged(host, layout.name)).bridges[0] : undefined;
  const link = await ignoringNotFound(readLink(host, bridge));
  return link?.ifalias === tag(layout.name) ? link : undefined;
}

/** Whether the journal says that this process has the network: whoever deletes the network removes this intent. */
function isClaimed(cookie: string, { claim, hold }: NetworkRuntime): boolean {
  return readIntents(cookie).some(({ id }) => id === claim?.id || id === hold?.id);
}

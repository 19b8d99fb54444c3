import type { NetworkNamespace } from '../netns/namespace';
import { readIntents } from './journal';
import type { Layout } from './layout';
import { type NetworkRecord, readRecord } from './records';

/**
 * The record of this very network, not of a later one of its name, while nobody has begun to delete it. What a process does for a
 * network without being asked to, it does only while there is one. Under the lock nobody else can
 * change that.
 */
export function undeleted(host: NetworkNamespace, { name, id }: Layout): NetworkRecord | undefined {
  const cookie = String(host.cookie);
  const record = readRecord(cookie, name);
  if (record?.layout.id !== id) return undefined;
  const isGoing = readIntents(cookie).some(({ action, of }) => action === 'delete' && of === id);
  return isGoing ? undefined : record;
}

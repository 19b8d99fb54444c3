import type { NetworkNamespace } from '../../netns/namespace';
import { readIntents } from './intents';
import type { Layout } from '../model/layout';
import { type NetworkRecord, readRecord } from './records';

/**
 * The record of this very network, not of a later one of its name, while nobody has begun to delete it. What a process does for a
 * network without being asked to, it does only while there is one. Under the lock nobody else can
 * change that.
 */
export function undeleted(host: NetworkNamespace, layout: Layout): NetworkRecord | undefined {
  return undeletedRecord(String(host.cookie), layout);
}

/** The same, by the cookie of the host. */
export function undeletedRecord(
  cookie: string,
  { name, id }: Pick<Layout, 'name' | 'id'>,
): NetworkRecord | undefined {
  const record = readRecord(cookie, name);
  return record?.layout.id === id && !isBeingDeleted(cookie, id) ? record : undefined;
}

/** Whether somebody, dead or alive, has begun to delete a network. */
export function isBeingDeleted(cookie: string, id: string | undefined): boolean {
  return readIntents(cookie).some(({ action, of }) => action === 'delete' && of === id);
}

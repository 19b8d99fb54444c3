import type { NetworkNamespace } from '../../netns/namespace';
import { readIntents } from './intents';
import type { Layout } from '../model/layout';
import { type NetworkRecord, readRecord } from './records';

/**
 * The record of this very network, not of a later one of its name, as long as its deletion has not begun. Background
 * work of a process for a network requires this record. Under the lock nobody else can change that.
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

/** Whether anybody, dead or alive, has begun to delete a network. */
export function isBeingDeleted(cookie: string, id: string | undefined): boolean {
  return readIntents(cookie).some(({ action, of }) => action === 'delete' && of === id);
}
